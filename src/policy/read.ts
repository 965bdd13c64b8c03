// Fields of what holds somewhere, as the types their schema has given them.
import type { Origin } from '../base/index.ts';
import { parseDuration } from '../model/index.ts';
import { type Effective, originBelow } from './effective.ts';
import type { GivenLayer } from './policy.ts';

/** Reads an effective spec. A field that no layer gives is `undefined`, 0 or '' as its reader says; defaults belong into layers, not here. */
export interface Reader {
  readonly given: (path: string) => unknown;
  /** Milliseconds of a duration; undefined when it is not given. */
  readonly ms: (path: string) => number | undefined;
  readonly number: (path: string) => number | undefined;
  readonly text: (path: string) => string;
  readonly flag: (path: string) => boolean;
  readonly list: <T>(path: string) => readonly T[];
  /** Where the nearest given field at or below `path` comes from. */
  readonly origin: (path: string) => Origin;
}

export function readerOf(effective: Effective): Reader {
  const given = (path: string): unknown => effective.fields.get(path)?.value;
  return {
    given,
    ms: (path) => {
      const value = given(path);
      return typeof value === 'string' ? parseDuration(value) : undefined;
    },
    number: (path) => {
      const value = given(path);
      return typeof value === 'number' ? value : undefined;
    },
    text: (path) => {
      const value = given(path);
      return typeof value === 'string' ? value : '';
    },
    flag: (path) => given(path) === true,
    list: <T>(path: string) => {
      const value = given(path);
      return (Array.isArray(value) ? value : []) as readonly T[];
    },
    origin: (path) => originBelow(effective, path) ?? NOWHERE,
  };
}

const NOWHERE: Origin = { kind: 'Mesh', namespace: '', name: 'default', path: '' };

/** A layer below all documents that is the same in every mesh. It stands in no document, so its fields point at the Mesh as a whole. */
export function builtIn(spec: Readonly<Record<string, unknown>>): GivenLayer {
  return { spec, originOf: () => NOWHERE, words: 'built-in default' };
}
