// Terms as Go templates, as Helm knows them (Helm documentation: "Chart Template Guide"). What is put into a field is written as JSON, which is
// YAML on one line: no value can say more than itself.
import { conditionExpression, expression, type Names, valueExpression } from './expression.ts';
import { type Condition, isList, isSpecial, type Special, TERM, type Term } from './term.ts';

type Lines = readonly string[];

/** Plain words stay as they are; what YAML 1.1 could take for something else is quoted. */
const PLAIN = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z_][\w./-]*$/i;
const scalar = (value: string | number | boolean): string => (typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value));

const ON_ONE_LINE: ReadonlySet<string> = new Set(['hole', 'text', 'joined', 'version']);
const isText = (term: Term): boolean => typeof term === 'string' || (isSpecial(term) && (ON_ONE_LINE.has(term[TERM]) || isChoiceOfTexts(term)));
const isChoiceOfTexts = (term: Special): boolean => term[TERM] === 'choice' && isText(term.then) && term.otherwise !== undefined && isText(term.otherwise);

/** What stands on the line of its field; undefined of what has lines of its own. */
function inline(term: Term, names: Names): string | undefined {
  if (typeof term !== 'object') return scalar(term);
  if (isList(term)) return term.length === 0 ? '[]' : undefined;
  if (!isSpecial(term)) return Object.keys(term).length === 0 ? '{}' : undefined;
  const hasLines = term[TERM] === 'each' || term[TERM] === 'some' || term[TERM] === 'over' || (term[TERM] === 'choice' && !isChoiceOfTexts(term));
  return hasLines ? undefined : `{{ toJson ${expression(term, names)} }}`;
}

const isDirective = (line: string): boolean => line.startsWith('{{-');
const deeper = (lines: Lines): Lines => lines.map((line) => (isDirective(line) ? line : `  ${line}`));

function branch(when: Condition, then: Lines, otherwise: Lines = []): Lines {
  return [`{{- if ${conditionExpression(when)} }}`, ...then, ...(otherwise.length === 0 ? [] : ['{{- else }}', ...otherwise]), '{{- end }}'];
}

function field(name: string, term: Term, names: Names): Lines {
  const short = inline(term, names);
  if (short !== undefined) return [`${scalar(name)}: ${short}`];
  if (isSpecial(term) && term[TERM] === 'choice')
    return branch(term.when, field(name, term.then, names), term.otherwise === undefined ? [] : field(name, term.otherwise, names));
  return [`${scalar(name)}:`, ...deeper(block(term, names))];
}

/** An object's first field is always there: its line has the dash. */
function element(term: Term, names: Names): Lines {
  const short = inline(term, names);
  if (short !== undefined) return [`- ${short}`];
  const [first = '', ...rest] = deeper(block(term, names));
  if (isDirective(first)) throw new TypeError('the first field of an element is always there');
  return [`- ${first.slice(2)}`, ...rest];
}

type Written = (term: Term, names: Names) => Lines;

/** Elements one after another, each written by `one`. */
function elements(terms: readonly Term[], names: Names, one: Written): Lines {
  return terms.flatMap((term): Lines => {
    if (!isSpecial(term)) return one(term, names);
    switch (term[TERM]) {
      case 'some':
        return branch(term.when, elements(term.elements, names, one));
      case 'each':
        return [`{{- range $${term.variable} := ${valueExpression(term.list)} }}`, ...elements(term.elements, names, one), '{{- end }}'];
      case 'choice':
        if (isChoiceOfTexts(term)) return one(term, names);
        return branch(term.when, elements([term.then], names, one), term.otherwise === undefined ? [] : elements([term.otherwise], names, one));
      default:
        return one(term, names);
    }
  });
}

function block(term: Term, names: Names): Lines {
  if (typeof term !== 'object') return [scalar(term)];
  if (isList(term)) return elements(term, names, element);
  if (!isSpecial(term)) return Object.entries(term).flatMap(([name, each]) => field(name, each, names));
  if (term[TERM] !== 'over') throw new TypeError(`${term[TERM]} stands where only an object can`);
  const own = Object.keys(term.fields).map((name) => JSON.stringify(name));
  const rest = `{{- range $name, $value := omit ${valueExpression(term.under)} ${own.join(' ')} }}`;
  return [...block(term.fields, names), rest, '{{ toJson $name }}: {{ toJson $value }}', '{{- end }}'];
}

/** A stream of YAML documents, as a template of a chart. Throws TypeError when a term stands where it cannot. */
export function template(terms: readonly Term[], names: Names): string {
  const body = elements(terms, names, (term) => ['---', ...block(term, names)]).join('\n');
  const said = [...names].filter(([, name]) => body.includes(name)).map(([term, name]) => `{{- ${name} := ${expression(term, new Map())} }}\n`);
  return `${said.join('')}${body}\n`;
}
