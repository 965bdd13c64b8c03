import type { Diagnostic } from '../../base/index.ts';
import type { ParsedDocument } from '../../model/index.ts';
import { parseDocument } from '../../policy/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `spec.ports[0].name` as steps. */
const stepsOf = (path: string): readonly string[] => path.split(/[.[\]]/).filter((step) => step !== '');

function without(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each, at) => (String(at) === step ? without(each, rest) : each));
  const { [step]: found, ...others } = value as Fields;
  return rest.length === 0 ? others : { ...others, [step]: without(found, rest) };
}

/**
 * An object of an API server as a document. A field of a kind that is not ours, and that we do not know, is of a newer server than we: it is
 * left out with a warning, where the same in a document of ours is a mistake.
 */
export function readObject(object: Fields, ours: boolean): ParsedDocument {
  const first = parseDocument(object);
  if (first.document !== undefined || ours) return first;
  const unknown = first.diagnostics.filter(({ code }) => code === 'WEFT1203');
  if (unknown.length === 0) return first;
  const known = unknown.reduce<unknown>((rest, { at }) => without(rest, stepsOf(at.path ?? '')), object);
  const again = parseDocument(known);
  const told = unknown.map((each): Diagnostic => ({ ...each, severity: 'warning', message: `${each.message}; it is ignored` }));
  return { ...again, diagnostics: [...told, ...again.diagnostics] };
}
