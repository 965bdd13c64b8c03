// What becomes of a field that somebody wrote.
import type { Diagnostic, Origin } from '../../base/index.ts';
import { diagnosticKind } from '../../model/index.ts';

export type Fate =
  | { readonly kind: 'applied' }
  | { readonly kind: 'overridden'; readonly by: Origin; readonly words: string }
  | { readonly kind: 'ignored'; readonly code: string; readonly reason: string }
  | { readonly kind: 'rejected'; readonly proxy: string; readonly words: string };

export interface FieldFate {
  /** As in Origin: `spec.rules[0].timeouts.request`. */
  readonly path: string;
  readonly fate: Fate;
  /** Where another fate has it, the first few. */
  readonly except: readonly { readonly place: string; readonly fate: Fate }[];
}

export interface DocumentFates {
  /** Every field that holds a value, in the order of the document. */
  readonly fields: readonly FieldFate[];
  /** Places that were looked at; for a policy of a large mesh not all of them. */
  readonly places: number;
  readonly all: boolean;
}

export const APPLIED: Fate = { kind: 'applied' };

/** What a diagnostic means for the fields at its path, or undefined when they work all the same. */
export function fateOf({ code, severity, message, by }: Diagnostic): Fate | undefined {
  if (by !== undefined) return { kind: 'overridden', by, words: message };
  if (severity === 'info' || diagnosticKind(code)?.fate === 'applied') return undefined;
  return { kind: 'ignored', code, reason: message };
}

/** Whether `path` is `place` or a part of it. */
export function isWithin(path: string, place: string): boolean {
  return place === '' || place === 'spec' || path === place || (path.startsWith(place) && /^[.[]/.test(path.slice(place.length)));
}
