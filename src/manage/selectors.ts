// Label and field selectors, as kubectl's -l and --field-selector write them.
import type { Document } from '../model/index.ts';
import { manageError } from './errors.ts';

export type Predicate = (document: Document) => boolean;

type Labels = Readonly<Record<string, string>>;
type LabelTest = (labels: Labels) => boolean;

const KEY = '[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALS = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);

const own = (labels: Labels, key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);

/** Commas separate requirements, but not inside of parentheses. */
function requirements(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function labelTest(text: string): LabelTest {
  const set = SET.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return (labels) => {
      const value = own(labels, key);
      return operator === 'in' ? value !== undefined && values.has(value) : value === undefined || !values.has(value);
    };
  }
  const equals = EQUALS.exec(text);
  if (equals !== null) {
    const [, key = '', operator, value] = equals;
    return (labels) => (own(labels, key) === value) === (operator !== '!=');
  }
  const exists = EXISTS.exec(text);
  if (exists === null)
    throw manageError(
      'bad-request',
      `unable to parse label selector requirement "${text}": write key=value, key!=value, key in (a,b), key notin (a,b), key or !key`,
    );
  const [, not, key = ''] = exists;
  return (labels) => (own(labels, key) !== undefined) === (not === '');
}

const FIELDS: Readonly<Record<string, (document: Document) => string>> = {
  'metadata.name': (document) => document.metadata.name,
  'metadata.namespace': (document) => document.metadata.namespace,
};

function fieldTest(text: string): Predicate {
  const match = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(text);
  const read = match?.[1] === undefined || !Object.hasOwn(FIELDS, match[1]) ? undefined : FIELDS[match[1]];
  if (match === null || read === undefined)
    throw manageError('bad-request', `field selector "${text}" is not supported: metadata.name and metadata.namespace are, with = and !=`);
  const [, , operator, value] = match;
  return (document) => (read(document) === value) === (operator !== '!=');
}

/** Of `app=web,version!=v1`: does it pick these labels? Throws `bad-request` on what cannot be read. */
export function labelSelection(text: string): (labels: Labels) => boolean {
  const tests = requirements(text).map(labelTest);
  return (labels) => tests.every((test) => test(labels));
}

/** Undefined when everything is asked for. Throws `bad-request` on what cannot be read. */
export function selection(labelSelector: string | undefined, fieldSelector: string | undefined): Predicate | undefined {
  const labels = requirements(labelSelector ?? '').map(labelTest);
  const fields = requirements(fieldSelector ?? '').map(fieldTest);
  if (labels.length === 0 && fields.length === 0) return undefined;
  return (document) => labels.every((test) => test(document.metadata.labels)) && fields.every((test) => test(document));
}
