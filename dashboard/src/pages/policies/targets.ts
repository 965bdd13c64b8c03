// What a policy is for, in a few words. Pure.
import type { DocumentView } from '../../api/documents.ts';

interface TargetRef {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly sectionName?: string;
}

function refWords({ kind = '', name = '', namespace, sectionName }: TargetRef): string {
  const place = namespace === undefined ? name : `${namespace}/${name}`;
  return `${kind} ${place}${sectionName === undefined ? '' : ` ${sectionName}`}`.trim();
}

/** `Service checkout, Namespace shop`: what a policy or a route names, or what its selector picks. */
export function targetsOf({ spec, metadata }: DocumentView): string {
  const refs = ['targetRefs', 'parentRefs'].flatMap((field) => (spec?.[field] ?? []) as readonly TargetRef[]);
  if (refs.length > 0) return refs.map(refWords).join(', ');
  const labels = (spec?.['selector'] as { matchLabels?: Readonly<Record<string, string>> } | undefined)?.matchLabels ?? {};
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  if (pairs.length > 0) return `workloads with ${pairs.join(', ')}`;
  return metadata.namespace === undefined ? 'the mesh' : `all of ${metadata.namespace}`;
}
