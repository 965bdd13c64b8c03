import type { z } from 'zod';
import { type DiagnosticCode, diagnosticKind } from './diagnostics.ts';
import { suggestion } from './edit-distance.ts';
import type { Report } from './kinds/kind.ts';
import { joinPath } from './place.ts';

type Path = readonly (string | number)[];
type Issue = z.core.$ZodIssue;

/** What schema problems mean to a user: one report for each, with what was found there. `prefix` is where the parsed value stands. */
export function reportIssues(issues: readonly Issue[], value: unknown, prefix: Path, report: Report): undefined {
  for (const issue of issues) reportIssue(issue, value, prefix, report);
}

function reportIssue(issue: Issue, value: unknown, prefix: Path, report: Report): undefined {
  const inner = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
  const path = [...prefix, ...inner];
  const found = valueAt(value, inner);
  if (issue.code === 'unrecognized_keys') return reportUnknown(issue, path, report);
  if (issue.code === 'invalid_union') return reportUnion(issue, found, path, report);
  const at = joinPath(path);
  if (found === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
    return report('WEFT1201', at, `missing field "${path.at(-1) ?? ''}"`);
  if (issue.code === 'invalid_type')
    return report('WEFT1202', at, `expected ${typeWords(issue.expected)}, not ${describe(found)}`, quoteHint(issue.expected, found));
  if (issue.code === 'invalid_value') return reportChoice(issue.values.map(String), found, at, report);
  if (issue.code === 'invalid_key') return report('WEFT1204', at, `${describe(path.at(-1) ?? '')} ${issue.issues[0]?.message ?? 'is not a valid key'}`);
  report(codeOf(issue), at, `${describe(found)} ${issue.message}`);
}

function codeOf(issue: Issue): DiagnosticCode {
  const code = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  return typeof code === 'string' && diagnosticKind(code) !== undefined ? (code as DiagnosticCode) : 'WEFT1204';
}

function reportUnknown(issue: z.core.$ZodIssueUnrecognizedKeys, path: Path, report: Report): undefined {
  const known = knownKeys(issue.message);
  for (const key of issue.keys) {
    const near = suggestion(key, known);
    report('WEFT1203', joinPath([...path, key]), `unknown field ${describe(key)}${near === '' ? '' : `: ${near}`}`);
  }
}

/** `fields()` puts the known keys into the message of the issue. */
function knownKeys(message: string): readonly string[] {
  try {
    const keys: unknown = JSON.parse(message);
    return Array.isArray(keys) ? keys.map(String) : [];
  } catch {
    return [];
  }
}

/** Reports the alternative that got furthest: one that disliked the value, rather than its type. */
function reportUnion(issue: z.core.$ZodIssueInvalidUnion, found: unknown, path: Path, report: Report): undefined {
  const first = issue.errors.find((errors) => errors.length > 0 && errors.every((each) => each.code !== 'invalid_type' && each.code !== 'invalid_value'));
  if (first !== undefined) return reportIssues(first, found, path, report);
  const at = joinPath(path);
  if (found === undefined) return report('WEFT1201', at, `missing field "${path.at(-1) ?? ''}"`);
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  if (options.length > 0) return reportChoice(options, found, at, report);
  const expected = issue.errors.flatMap((errors) => errors.flatMap((each) => (each.code === 'invalid_type' ? [typeWords(each.expected)] : [])));
  report('WEFT1202', at, `expected ${[...new Set(expected)].join(' or ') || 'another value'}, not ${describe(found)}`);
}

function reportChoice(values: readonly string[], found: unknown, at: string, report: Report): undefined {
  const near = typeof found === 'string' ? suggestion(found, values) : '';
  const said = near.startsWith('did') ? near : `must be ${values.length === 1 ? '' : 'one of '}${values.join(', ')}`;
  report('WEFT1204', at, `${describe(found)} is not allowed: ${said}`);
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const segment of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, segment)) return undefined;
    at = (at as Readonly<Record<string | number, unknown>>)[segment];
  }
  return at;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function typeWords(expected: string): string {
  return TYPE_WORDS[expected] ?? expected;
}

/** A value as a user would point at it: short, with its type where that is the surprise. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  return value === undefined ? 'nothing' : 'a map';
}

function quoteHint(expected: string, found: unknown): string | undefined {
  if (expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) return `write it in quotes: "${found}"`;
  if ((expected === 'number' || expected === 'int') && typeof found === 'string' && /^\d+$/.test(found)) return `write it without quotes: ${found}`;
  return undefined;
}
