// A place in a document, as it is printed everywhere. Pure.
import type { EffectiveValueView } from '../../../src/api/index.ts';

type Origin = EffectiveValueView['from']['origin'];

/** `policies.yaml:8`; without a file, the document. Empty for what nobody wrote. */
export function originWords({ kind, namespace, name, file, line }: Origin): string {
  if (file !== undefined) return `${file}${line === undefined ? '' : `:${line}`}`;
  return name === '' ? '' : `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
