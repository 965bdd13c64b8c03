import { regexProblem } from '../regex.ts';
import type { Checked, Report } from './kind.ts';
import type { ComparisonSpec, RouteFilterSpec } from './route-filter.ts';

/** What the schema of a RouteFilter cannot say. */
export function checkRouteFilter({ spec }: Checked<RouteFilterSpec>, report: Report): void {
  const { match, directResponse, rewritePath } = spec;
  if (match === undefined && directResponse === undefined && rewritePath === undefined)
    report('WEFT1206', 'spec', 'a RouteFilter says at least one of match, directResponse, rewritePath');
  if (directResponse !== undefined && rewritePath !== undefined)
    report('WEFT1216', 'spec.rewritePath', 'directResponse and rewritePath cannot stand together: a request is either answered or forwarded');
  for (const field of ['headers', 'query', 'cookies'] as const)
    for (const [at, each] of (match?.[field] ?? []).entries()) checkComparison(each, `spec.match.${field}[${at}]`, report);
  const { namespaces = [], serviceAccounts = [], labels = {} } = match?.source ?? {};
  if (match?.source !== undefined && namespaces.length + serviceAccounts.length + Object.keys(labels).length === 0)
    report('WEFT1206', 'spec.match.source', 'source says at least one of namespaces, serviceAccounts, labels');
  checkRewrite(rewritePath, report);
}

function checkComparison({ type, value, range, not, ignoreCase, name }: ComparisonSpec, path: string, report: Report): void {
  const needsValue = type !== 'Present' && type !== 'Range';
  if (needsValue && value === undefined) report('WEFT1201', path, `type ${type} needs the field value`);
  if (!needsValue && value !== undefined) report('WEFT1207', `${path}.value`, `value does not belong to type ${type}`);
  if (type === 'Range' && range === undefined) report('WEFT1201', path, 'type Range needs the field range');
  if (type !== 'Range' && range !== undefined) report('WEFT1207', `${path}.range`, `range does not belong to type ${type}`);
  if (range !== undefined && range.end <= range.start)
    report('WEFT1204', `${path}.range`, 'end is the first number that is not included, so it must be above start');
  if (type === 'Range' && !path.startsWith('spec.match.headers')) report('WEFT1204', `${path}.type`, 'Range can be asked of headers only');
  if (!needsValue && ignoreCase) report('WEFT1207', `${path}.ignoreCase`, `ignoreCase does not belong to type ${type}`);
  if (type !== 'Exact' && needsValue && value === '') report('WEFT1204', `${path}.value`, 'must not be empty');
  const problem = type === 'RegularExpression' && value !== undefined ? regexProblem(value) : undefined;
  if (problem !== undefined) report('WEFT1219', `${path}.value`, `the condition on "${name}" ${problem}`);
  if (not && type === 'RegularExpression' && value === '.*')
    report('WEFT1204', `${path}.value`, 'nothing can fail to match ".*", so the rule would take no request');
}

function checkRewrite(rewrite: RouteFilterSpec['rewritePath'], report: Report): void {
  if (rewrite === undefined) return;
  const problem = regexProblem(rewrite.pattern);
  if (problem !== undefined) report('WEFT1219', 'spec.rewritePath.pattern', `the pattern ${problem}`);
  const groups = (rewrite.pattern.replaceAll(/\\.|\[(?:\\.|[^\]])*\]/g, '').match(/\((?!\?)|\(\?P?</g) ?? []).length;
  for (const [, digit = ''] of rewrite.substitution.matchAll(/\\(\\|.)/g)) {
    if (digit !== '\\' && !/[0-9]/.test(digit))
      report('WEFT1204', 'spec.rewritePath.substitution', `"\\${digit}" means nothing: \\0 to \\9 are groups, \\\\ is a backslash`);
    else if (digit !== '\\' && Number(digit) > groups)
      report('WEFT1204', 'spec.rewritePath.substitution', `"\\${digit}" names a group that the pattern does not have`);
  }
}
