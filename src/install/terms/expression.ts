// Terms on one line, as expressions of Go's templates and Helm's functions (Helm documentation: "Template Function List").
import { assertNever } from '../../base/index.ts';
import { type Condition, type Hole, isSpecial, type Special, TERM, type Term, type Written } from './term.ts';

/** Texts that occur often: what they are called in a template. */
export type Names = ReadonlyMap<Term, string>;

const IDENTIFIER = /^[A-Za-z_]\w*$/;
/** What Helm says itself: the namespace of a release is its `-n`. */
const OF_HELM: Readonly<Record<string, string>> = { namespace: '.Release.Namespace' };

function below(root: string, path: readonly string[]): string {
  if (path.every((part) => IDENTIFIER.test(part))) return [root, ...path].join('.');
  return `(index ${[root, ...path.map((part) => JSON.stringify(part))].join(' ')})`;
}

/** A value. `$`: inside of a loop "." is another. */
export function valueExpression({ root, path }: Hole): string {
  if (root !== '') return below(`$${root}`, path);
  const own = OF_HELM[path.join('.')];
  return own === undefined ? below('$.Values', path) : `$${own}`;
}

/** `toString`: a list and a word cannot be compared. */
export function conditionExpression(of: Condition): string {
  switch (of.kind) {
    case 'given':
      return `(not (kindIs "invalid" ${valueExpression(of.hole)}))`;
    case 'filled':
      return `(not (empty ${valueExpression(of.hole)}))`;
    case 'list':
      return `(kindIs "slice" ${valueExpression(of.hole)})`;
    case 'is':
      return `(eq (toString ${valueExpression(of.hole)}) ${JSON.stringify(of.value)})`;
    case 'not':
      return `(not ${conditionExpression(of.of)})`;
    case 'either':
      return `(or ${of.of.map(conditionExpression).join(' ')})`;
    default:
      return assertNever(of);
  }
}

/** A number as it was written: Go would print a large one with an exponent. */
const word = (part: Written, names: Names): string =>
  isSpecial(part) && part[TERM] === 'hole' && part.number === true ? `(${valueExpression(part)} | toJson | trimAll "\\"")` : expression(part, names);

/** A text. Throws TypeError for what is none: a mistake in the terms themselves. */
export function expression(term: Term, names: Names): string {
  const name = names.get(term);
  if (name !== undefined) return name;
  if (typeof term === 'string') return JSON.stringify(term);
  if (!isSpecial(term)) throw new TypeError('a choice within a text is between texts');
  return specialExpression(term, names);
}

function specialExpression(term: Special, names: Names): string {
  switch (term[TERM]) {
    case 'hole':
      return valueExpression(term);
    case 'version':
      return '$.Chart.AppVersion';
    case 'joined':
      return `(join ${JSON.stringify(term.separator)} ${valueExpression(term.list)})`;
    case 'text': {
      const format = term.parts.map((part) => (typeof part === 'string' ? part.replaceAll('%', '%%') : '%s')).join('');
      const words = term.parts.filter((part) => typeof part !== 'string').map((part) => word(part, names));
      return `(printf ${[JSON.stringify(format), ...words].join(' ')})`;
    }
    case 'choice':
      return `(ternary ${expression(term.then, names)} ${expression(term.otherwise ?? '', names)} ${conditionExpression(term.when)})`;
    default:
      throw new TypeError(`${term[TERM]} is no text`);
  }
}
