// Terms with their holes filled: what `weft install` prints.
import { assertNever } from '../../base/index.ts';
import type { Values } from '../values.ts';
import { type Condition, type Hole, isList, isSpecial, lookUp, type Special, TERM, type Term } from './term.ts';

export interface Filling {
  readonly values: Values;
  readonly version: string;
}

interface Scope extends Filling {
  readonly items: Readonly<Record<string, unknown>>;
}

const NOTHING: unique symbol = Symbol('nothing');

const filledWith = ({ root, path }: Hole, scope: Scope): unknown => lookUp(root === '' ? scope.values : scope.items[root], path);
/** A field that was taken away (`null`) is none. */
const shown = (found: unknown): unknown =>
  typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.fromEntries(Object.entries(found).filter(([, each]) => each !== null)) : found;
const elementsOf = (hole: Hole, scope: Scope): readonly unknown[] => {
  const found = filledWith(hole, scope);
  return Array.isArray(found) ? found : [];
};

function holds(condition: Condition, scope: Scope): boolean {
  if (condition.kind === 'not') return !holds(condition.of, scope);
  if (condition.kind === 'either') return condition.of.some((each) => holds(each, scope));
  const found = filledWith(condition.hole, scope);
  switch (condition.kind) {
    case 'given':
      return found !== undefined && found !== null;
    case 'filled':
      return typeof found === 'object' && found !== null && Object.keys(found).length > 0;
    case 'list':
      return Array.isArray(found);
    case 'is':
      return String(found) === condition.value;
    default:
      return assertNever(condition);
  }
}

function many(terms: readonly Term[], scope: Scope): readonly unknown[] {
  return terms.flatMap((term): readonly unknown[] => {
    if (isSpecial(term) && term[TERM] === 'some') return holds(term.when, scope) ? many(term.elements, scope) : [];
    if (isSpecial(term) && term[TERM] === 'each')
      return elementsOf(term.list, scope).flatMap((item) => many(term.elements, { ...scope, items: { ...scope.items, [term.variable]: item } }));
    const made = one(term, scope);
    return made === NOTHING ? [] : [made];
  });
}

function object(fields: Readonly<Record<string, Term>>, scope: Scope): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, term]) => {
      const made = one(term, scope);
      return made === NOTHING ? [] : [[name, made]];
    }),
  );
}

function special(term: Special, scope: Scope): unknown {
  switch (term[TERM]) {
    case 'hole':
      return shown(filledWith(term, scope)) ?? NOTHING;
    case 'version':
      return scope.version;
    case 'text':
      return term.parts.map((part) => String(one(part, scope))).join('');
    case 'joined':
      return elementsOf(term.list, scope).join(term.separator);
    case 'choice':
      if (holds(term.when, scope)) return one(term.then, scope);
      return term.otherwise === undefined ? NOTHING : one(term.otherwise, scope);
    case 'over':
      return { ...(filledWith(term.under, scope) as object), ...object(term.fields, scope) };
    case 'some':
    case 'each':
      return many([term], scope);
    default:
      return assertNever(term);
  }
}

function one(term: Term, scope: Scope): unknown {
  if (typeof term !== 'object') return term;
  if (isSpecial(term)) return special(term, scope);
  return isList(term) ? many(term, scope) : object(term, scope);
}

/** The elements of these terms, filled. Pure. */
export function evaluate(terms: readonly Term[], filling: Filling): readonly unknown[] {
  return many(terms, { ...filling, items: {} });
}
