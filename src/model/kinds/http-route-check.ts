import { parseDuration } from '../duration.ts';
import type { HttpRouteSpec, MatchSpec, RuleSpec } from './http-route.ts';
import { FILTER_FIELD, type FilterSpec } from './http-route-filters.ts';
import type { Checked, Report } from './kind.ts';
import { parentKindOf } from './parent-ref.ts';
import { checkParentRefs } from './parent-ref-check.ts';

/** What the schema of an HTTPRoute cannot say: Gateway API's cross-field rules, and what this version of Weft cannot do yet. */
export function checkHttpRoute({ spec }: Checked<HttpRouteSpec>, report: Report): void {
  checkParents(spec, report);
  const names = new Map<string, number>();
  let matches = 0;
  for (const [at, rule] of spec.rules.entries()) {
    const before = rule.name === undefined ? undefined : names.get(rule.name);
    if (before !== undefined) report('WEFT1208', `spec.rules[${at}].name`, `the name "${rule.name}" is already taken by spec.rules[${before}]`);
    if (rule.name !== undefined) names.set(rule.name, before ?? at);
    matches += rule.matches.length;
    checkRule(rule, `spec.rules[${at}]`, report);
  }
  if (matches > 128) report('WEFT1204', 'spec.rules', `a route may have 128 matches in all, this one has ${matches}`, 'split the route');
}

function checkParents(spec: HttpRouteSpec, report: Report): void {
  checkParentRefs(spec.parentRefs, report);
  if (spec.hostnames !== undefined && spec.hostnames.length > 0 && spec.parentRefs.some((parent) => parentKindOf(parent) === 'Service'))
    report('WEFT1211', 'spec.hostnames', 'spec.hostnames is ignored for a Service as parent: the service that is called decides, not the Host header');
  if (spec.useDefaultGateways === 'All')
    report(
      'WEFT1211',
      'spec.useDefaultGateways',
      'spec.useDefaultGateways is ignored: this version of Weft has no default gateways; name the Gateway in parentRefs',
    );
}

function checkRule(rule: RuleSpec, path: string, report: Report): void {
  for (const [at, match] of rule.matches.entries()) checkMatch(match, `${path}.matches[${at}]`, report);
  checkFilters(rule.filters, `${path}.filters`, report);
  for (const [at, backend] of rule.backendRefs.entries()) {
    const here = `${path}.backendRefs[${at}]`;
    const outside = backend.kind === 'ExternalService' && backend.group === 'weft.dev';
    if (!outside && (backend.kind !== 'Service' || backend.group !== ''))
      report(
        'WEFT1304',
        here,
        `a backend must be a Service or an ExternalService of weft.dev, not ${backend.group === '' ? '' : `${backend.group}/`}${backend.kind}; the document is refused`,
      );
    else if (backend.port === undefined) report('WEFT1201', here, 'a backend needs its port');
    checkFilters(backend.filters, `${here}.filters`, report);
  }
  if (rule.backendRefs.length > 0 && rule.backendRefs.every((backend) => backend.weight === 0))
    report('WEFT1214', `${path}.backendRefs`, 'all weights are 0: requests that take this rule are answered with 500');
  checkTimeouts(rule, path, report);
  if (rule.retry !== undefined)
    report(
      'WEFT1211',
      `${path}.retry`,
      'retry is ignored: this version of Weft retries as the Mesh document says (spec.traffic.retries)',
      'set spec.traffic.retries in Mesh "default"',
    );
  if (rule.sessionPersistence !== undefined)
    report(
      'WEFT1211',
      `${path}.sessionPersistence`,
      'sessionPersistence is ignored: it is not supported by this version of Weft, requests of a session may reach different workloads',
    );
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

function checkRepeated(names: readonly string[], path: string, report: Report): void {
  for (const [at, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first !== at) report('WEFT1215', `${path}[${at}]`, `"${name}" is already matched by ${path}[${first}]: this entry is ignored`);
  }
}

function checkFilters(filters: readonly FilterSpec[], path: string, report: Report): void {
  for (const [at, filter] of filters.entries()) {
    const here = `${path}[${at}]`;
    const own = FILTER_FIELD[filter.type];
    for (const field of Object.values(FILTER_FIELD)) {
      if (field === own && filter[field] === undefined) report('WEFT1201', here, `a filter of type ${filter.type} needs the field ${field}`);
      if (field !== own && filter[field] !== undefined) report('WEFT1207', `${here}.${field}`, `${field} does not belong to a filter of type ${filter.type}`);
    }
    if (own !== 'requestHeaderModifier' && own !== 'responseHeaderModifier')
      report(
        'WEFT1210',
        here,
        `the filter ${filter.type} is not supported by this version of Weft; the document is refused, because requests would be treated in another way than it says`,
      );
    else {
      if (filters.findIndex((each) => each.type === filter.type) !== at) report('WEFT1208', here, `a filter of type ${filter.type} may stand here only once`);
      checkHeaderNames(filter, own, here, report);
    }
  }
}

/** Gateway API: only one action for a header name. Host and pseudo headers are not ours to change. */
function checkHeaderNames(filter: FilterSpec, own: 'requestHeaderModifier' | 'responseHeaderModifier', path: string, report: Report): void {
  const change = filter[own];
  if (change === undefined) return;
  const seen = new Map<string, string>();
  const places = [
    ...change.set.map((each, at) => [each.name, `${path}.${own}.set[${at}].name`] as const),
    ...change.add.map((each, at) => [each.name, `${path}.${own}.add[${at}].name`] as const),
    ...change.remove.map((name, at) => [name, `${path}.${own}.remove[${at}]`] as const),
  ];
  for (const [name, place] of places) {
    const key = name.toLowerCase();
    const before = seen.get(key);
    if (before !== undefined) report('WEFT1208', place, `the header "${name}" is already changed at ${before}`);
    if (own === 'requestHeaderModifier' && key === 'host')
      report('WEFT1210', place, 'the Host header cannot be changed by a header modifier; the document is refused');
    seen.set(key, before ?? place);
  }
}
