// What is installed, before anybody has said with which values: plain data with holes in it. `weft install` fills them (evaluate.ts), the
// Helm chart is the same terms written as Go templates (template.ts): so neither can say what the other does not.
import type { Values } from '../values.ts';

/** A property of nothing that is written in an object. */
export const TERM: unique symbol = Symbol('term');

type Fields = Readonly<Record<string, unknown>>;
type Inside<T> = T extends readonly unknown[]
  ? never
  : T extends object
    ? { [K in keyof T & string]: K | `${K}.${Inside<NonNullable<T[K]>>}` }[keyof T & string]
    : never;
/** Where a value stands: `controlPlane.replicas`. */
export type ValuePath = Inside<Values>;

/** One value. `root` is the variable of a loop, or nothing. */
export interface Hole {
  readonly [TERM]: 'hole';
  readonly root: string;
  readonly path: readonly string[];
  /** It may be a number, and stand in a text. */
  readonly number?: true;
}

/** Weft's own version. */
export interface Version {
  readonly [TERM]: 'version';
}

export interface Text {
  readonly [TERM]: 'text';
  readonly parts: readonly Written[];
}

/** A list of words, in one text. */
export interface Joined {
  readonly [TERM]: 'joined';
  readonly list: Hole;
  readonly separator: string;
}

export type Condition =
  | { readonly kind: 'given'; readonly hole: Hole }
  | { readonly kind: 'filled'; readonly hole: Hole }
  | { readonly kind: 'list'; readonly hole: Hole }
  | { readonly kind: 'is'; readonly hole: Hole; readonly value: string }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'either'; readonly of: readonly [Condition, Condition] };

/** One of two. Without `otherwise` a field, or an element of a list, is not there. */
export interface Choice {
  readonly [TERM]: 'choice';
  readonly when: Condition;
  readonly then: Term;
  readonly otherwise: Term | undefined;
}

/** Elements of a list, once for each of the values. */
export interface Each {
  readonly [TERM]: 'each';
  readonly list: Hole;
  readonly variable: string;
  readonly elements: readonly Term[];
}

/** Elements of a list that are there together. */
export interface Some {
  readonly [TERM]: 'some';
  readonly when: Condition;
  readonly elements: readonly Term[];
}

/** An object as it was given, with these fields over its own. */
export interface Over {
  readonly [TERM]: 'over';
  readonly under: Hole;
  readonly fields: Readonly<Record<string, Term>>;
}

export type Written = string | Hole | Version | Text | Joined | Choice;
export type Special = Hole | Version | Text | Joined | Choice | Each | Some | Over;
export type Term = string | number | boolean | Special | readonly Term[] | { readonly [field: string]: Term };

export const isSpecial = (term: Term): term is Special => typeof term === 'object' && TERM in term;
export const isList = (term: Term): term is readonly Term[] => Array.isArray(term);

const partsOf = (path: string): readonly string[] => path.split('.').filter((part) => part !== '');

export const value = (path: ValuePath): Hole => ({ [TERM]: 'hole', root: '', path: partsOf(path) });
export const number = (path: ValuePath): Hole => ({ ...value(path), number: true });
export const VERSION: Version = { [TERM]: 'version' };
export const joined = (path: ValuePath, separator: string): Joined => ({ [TERM]: 'joined', list: value(path), separator });

/** `text\`--data=${value('…')}\`` */
export const text = (strings: TemplateStringsArray, ...holes: readonly Written[]): Text => ({
  [TERM]: 'text',
  parts: strings.flatMap((each, index): Written[] => [each, ...(index < holes.length ? [holes[index] ?? ''] : [])]).filter((part) => part !== ''),
});

const at = (of: ValuePath | Hole): Hole => (typeof of === 'string' ? value(of) : of);
/** It was said. */
export const given = (of: ValuePath | Hole): Condition => ({ kind: 'given', hole: at(of) });
/** A list or an object in which something is. */
export const filled = (of: ValuePath | Hole): Condition => ({ kind: 'filled', hole: at(of) });
export const listed = (of: ValuePath | Hole): Condition => ({ kind: 'list', hole: at(of) });
export const is = (of: ValuePath | Hole, what: string): Condition => ({ kind: 'is', hole: at(of), value: what });
export const not = (of: Condition): Condition => ({ kind: 'not', of });
export const either = (...of: readonly [Condition, Condition]): Condition => ({ kind: 'either', of });

/** A choice between texts is a text. */
export const choose = (when: Condition, then: Term, otherwise?: Term): Choice => ({ [TERM]: 'choice', when, then, otherwise });
/** A field that is there where its value was given. */
export const optional = (path: ValuePath): Choice => choose(given(path), value(path));
export const some = (when: Condition, ...elements: readonly Term[]): Some => ({ [TERM]: 'some', when, elements });
export const over = (path: ValuePath, fields: Readonly<Record<string, Term>>): Over => ({ [TERM]: 'over', under: value(path), fields });

/** `elements` is given a way to the fields of the value, and to the value itself (''). */
export function each(path: ValuePath, variable: string, elements: (item: (path: string) => Hole) => readonly Term[]): Each {
  const item = (inside: string): Hole => ({ [TERM]: 'hole', root: variable, path: partsOf(inside) });
  return { [TERM]: 'each', list: value(path), variable, elements: elements(item) };
}

/** Where the values of a hole are. */
export const lookUp = (under: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((found, part) => (typeof found === 'object' && found !== null ? (found as Fields)[part] : undefined), under);
