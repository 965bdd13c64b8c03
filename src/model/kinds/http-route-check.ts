import { parseDuration } from '../duration.ts';
import { checkBackendObject } from './backend-ref.ts';
import type { HttpRouteSpec, MatchSpec, RuleSpec } from './http-route.ts';
import type { Checked, Report } from './kind.ts';
import { checkRouteFrame } from './parent-ref-check.ts';
import { checkFilters } from './route-filters-check.ts';
import { checkRepeated, checkRuleNames, checkWeights } from './route-rules-check.ts';
import { checkSession } from './session-persistence.ts';

/** What the schema of an HTTPRoute cannot say: Gateway API's cross-field rules, and what this version of Weft cannot do yet. */
/** Of a backend it would be asked after the request was given to that backend. */
const NOT_BEHIND_A_SHARE =
  'the filter ExternalAuth of a single backend is not supported by this version of Weft; the document is refused, because requests would pass unchecked';

export function checkHttpRoute({ spec }: Checked<HttpRouteSpec>, report: Report): void {
  checkRouteFrame(spec, report);
  checkRuleNames(spec.rules, report);
  for (const [at, rule] of spec.rules.entries()) checkRule(rule, `spec.rules[${at}]`, report);
}

function checkRule(rule: RuleSpec, path: string, report: Report): void {
  for (const [at, match] of rule.matches.entries()) checkMatch(match, `${path}.matches[${at}]`, report);
  const onePrefix = rule.matches.length <= 1 && (rule.matches[0]?.path.type ?? 'PathPrefix') === 'PathPrefix';
  const backends = rule.backendRefs.length > 0 ? { noRedirect: 'a rule with RequestRedirect cannot have backendRefs: the request goes nowhere' } : {};
  checkFilters(rule.filters, { path: `${path}.filters`, onePrefix, ...backends }, report);
  for (const [at, backend] of rule.backendRefs.entries()) {
    const here = `${path}.backendRefs[${at}]`;
    checkBackendObject(backend, here, report);
    checkFilters(backend.filters, { path: `${here}.filters`, onePrefix, noExternalAuth: NOT_BEHIND_A_SHARE }, report);
  }
  checkWeights(rule.backendRefs, `${path}.backendRefs`, report);
  checkTimeouts(rule, path, report);
  checkSession(rule.sessionPersistence, { path: `${path}.sessionPersistence`, backends: rule.backendRefs.length }, report);
}

function checkTimeouts(rule: RuleSpec, path: string, report: Report): void {
  const { request, backendRequest } = rule.timeouts ?? {};
  if (request === undefined || backendRequest === undefined) return;
  const whole = parseDuration(request) ?? 0;
  if (whole !== 0 && (parseDuration(backendRequest) ?? 0) > whole)
    report(
      'WEFT1207',
      `${path}.timeouts.backendRequest`,
      `backendRequest (${backendRequest}) must not be longer than request (${request})`,
      'a try cannot outlast the whole request: lower backendRequest or raise request',
    );
}

const FORBIDDEN = ['//', '/./', '/../', '%2f', '%2F', '#'] as const;
const PATH_CHARACTERS = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/;

/** Gateway API's rules for a literal path, or undefined when it keeps them. */
function pathProblem(value: string): string | undefined {
  if (!value.startsWith('/')) return `must begin with "/"`;
  const part = FORBIDDEN.find((each) => value.includes(each));
  if (part !== undefined) return `must not contain "${part}"`;
  if (value.endsWith('/..') || value.endsWith('/.')) return 'must not end with "/." or "/.."';
  return PATH_CHARACTERS.test(value) ? undefined : 'contains a character that must be percent-encoded in a path';
}

function checkMatch(match: MatchSpec, path: string, report: Report): void {
  const problem = match.path.type === 'RegularExpression' ? undefined : pathProblem(match.path.value);
  if (problem !== undefined) report('WEFT1204', `${path}.path.value`, `"${match.path.value}" ${problem}`);
  if (match.path.type === 'RegularExpression' && match.path.value === '') report('WEFT1204', `${path}.path.value`, 'a regular expression must not be empty');
  checkRepeated(
    match.headers.map((header) => header.name.toLowerCase()),
    `${path}.headers`,
    report,
  );
  checkRepeated(
    match.queryParams.map((query) => query.name),
    `${path}.queryParams`,
    report,
  );
}
