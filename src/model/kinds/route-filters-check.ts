// What the schema of route filters cannot say: which field belongs to a type, what may stand together (Gateway API).
import { checkBackendObject } from './backend-ref.ts';
import { FILTER_FIELD, type FilterSpec, type PathModifierSpec } from './http-route-filters.ts';
import type { Report } from './kind.ts';

/** Where filters stand, and what of the rule decides whether they make sense. */
export interface FilterPlace {
  readonly path: string;
  /** True when the rule has exactly one match and that is a PathPrefix. */
  readonly onePrefix: boolean;
  /** Why a redirect cannot stand here. */
  readonly noRedirect?: string;
  /** Why an authorizer cannot be asked here. */
  readonly noExternalAuth?: string;
}

const REPEATABLE: ReadonlySet<FilterSpec['type']> = new Set(['RequestMirror', 'ExtensionRef']);

export function checkFilters(filters: readonly FilterSpec[], place: FilterPlace, report: Report): void {
  for (const [at, filter] of filters.entries()) {
    const here = `${place.path}[${at}]`;
    checkFields(filter, here, report);
    if (!REPEATABLE.has(filter.type) && filters.findIndex((each) => each.type === filter.type) !== at)
      report('WEFT1208', here, `a filter of type ${filter.type} may stand here only once`);
    checkFilter(filter, here, place, report);
  }
  const redirect = filters.findIndex((each) => each.type === 'RequestRedirect');
  if (redirect >= 0 && place.noRedirect !== undefined) report('WEFT1216', `${place.path}[${redirect}]`, place.noRedirect);
  if (redirect >= 0 && filters.some((each) => each.type === 'URLRewrite'))
    report('WEFT1216', `${place.path}[${redirect}]`, 'RequestRedirect and URLRewrite cannot stand together: a request is either redirected or forwarded');
  if (redirect >= 0 && filters.some((each) => each.type === 'ExternalAuth'))
    report('WEFT1216', `${place.path}[${redirect}]`, 'RequestRedirect and ExternalAuth cannot stand together: nobody is asked about what is redirected');
  checkHost(filters, place.path, report);
}

function checkFields(filter: FilterSpec, here: string, report: Report): void {
  const own = FILTER_FIELD[filter.type];
  for (const field of Object.values(FILTER_FIELD)) {
    if (field === own && filter[field] === undefined) report('WEFT1201', here, `a filter of type ${filter.type} needs the field ${field}`);
    if (field !== own && filter[field] !== undefined) report('WEFT1207', `${here}.${field}`, `${field} does not belong to a filter of type ${filter.type}`);
  }
}

function checkFilter(filter: FilterSpec, here: string, place: FilterPlace, report: Report): void {
  checkHeaderNames(filter, 'requestHeaderModifier', here, report);
  checkHeaderNames(filter, 'responseHeaderModifier', here, report);
  checkPath(filter.requestRedirect?.path, `${here}.requestRedirect.path`, place, report);
  checkPath(filter.urlRewrite?.path, `${here}.urlRewrite.path`, place, report);
  checkMirror(filter, here, report);
  checkCors(filter, here, report);
  checkExternalAuth(filter, here, place, report);
}

/** Before a request is shared out: behind that, some of them would pass unchecked. */
function checkExternalAuth({ externalAuth }: FilterSpec, here: string, { noExternalAuth }: FilterPlace, report: Report): void {
  if (externalAuth === undefined) return;
  const { protocol, backendRef, grpc, http } = externalAuth;
  const at = `${here}.externalAuth`;
  if (noExternalAuth !== undefined) report('WEFT1210', here, noExternalAuth);
  checkBackendObject(backendRef, `${at}.backendRef`, report);
  if (protocol === 'GRPC' && http !== undefined) report('WEFT1207', `${at}.http`, 'http does not belong to protocol GRPC');
  if (protocol === 'HTTP' && grpc !== undefined) report('WEFT1207', `${at}.grpc`, 'grpc does not belong to protocol HTTP');
  if (http?.path !== undefined && http.path !== '' && !http.path.startsWith('/')) report('WEFT1204', `${at}.http.path`, `"${http.path}" must begin with "/"`);
}

function checkPath(path: PathModifierSpec | undefined, here: string, { onePrefix }: FilterPlace, report: Report): void {
  if (path === undefined) return;
  const prefix = path.type === 'ReplacePrefixMatch';
  const [own, other] = prefix ? (['replacePrefixMatch', 'replaceFullPath'] as const) : (['replaceFullPath', 'replacePrefixMatch'] as const);
  const value = path[own];
  if (value === undefined) report('WEFT1201', here, `type ${path.type} needs the field ${own}`);
  if (path[other] !== undefined) report('WEFT1207', `${here}.${other}`, `${other} does not belong to type ${path.type}`);
  if (value !== undefined && value !== '' && !value.startsWith('/')) report('WEFT1204', `${here}.${own}`, `"${value}" must begin with "/"`);
  if (!prefix && value === '') report('WEFT1204', `${here}.${own}`, 'a path must not be empty');
  if (prefix && !onePrefix)
    report('WEFT1217', here, 'ReplacePrefixMatch needs a rule with exactly one match, of path type PathPrefix: nothing else has a prefix to replace');
}

function checkMirror({ requestMirror }: FilterSpec, here: string, report: Report): void {
  if (requestMirror === undefined) return;
  const { backendRef, percent, fraction } = requestMirror;
  checkBackendObject(backendRef, `${here}.requestMirror.backendRef`, report);
  if (percent !== undefined && fraction !== undefined) report('WEFT1207', `${here}.requestMirror.fraction`, 'only one of percent and fraction may be given');
  if (fraction !== undefined && fraction.numerator > fraction.denominator)
    report('WEFT1204', `${here}.requestMirror.fraction`, `${fraction.numerator}/${fraction.denominator} is more than all requests`);
}

function checkCors({ cors }: FilterSpec, here: string, report: Report): void {
  if (cors === undefined) return;
  for (const field of ['allowOrigins', 'allowMethods', 'allowHeaders'] as const) {
    const list: readonly string[] = cors[field];
    if (list.includes('*') && list.length > 1) report('WEFT1207', `${here}.cors.${field}`, '"*" stands alone: it already includes every other entry');
  }
  if (cors.allowOrigins.length === 0) report('WEFT1218', `${here}.cors`, 'allowOrigins is empty, so no origin is allowed: browsers may read no answer');
  if (cors.allowCredentials && cors.exposeHeaders.includes('*'))
    report('WEFT1211', `${here}.cors.exposeHeaders`, '"*" is ignored: with allowCredentials a browser takes it for the name of a header', 'name the headers');
}

/** Gateway API: only one action for a header name. The Host header may be set, which is a rewrite of the host. */
function checkHeaderNames(filter: FilterSpec, own: 'requestHeaderModifier' | 'responseHeaderModifier', path: string, report: Report): void {
  const change = filter[own];
  if (change === undefined) return;
  const seen = new Map<string, string>();
  const places = [
    ...change.set.map((each, at) => [each.name, `${path}.${own}.set[${at}].name`, 'set'] as const),
    ...change.add.map((each, at) => [each.name, `${path}.${own}.add[${at}].name`, 'add'] as const),
    ...change.remove.map((name, at) => [name, `${path}.${own}.remove[${at}]`, 'remove'] as const),
  ];
  for (const [name, place, action] of places) {
    const key = name.toLowerCase();
    const before = seen.get(key);
    if (before !== undefined) report('WEFT1208', place, `the header "${name}" is already changed at ${before}`);
    if (own === 'requestHeaderModifier' && key === 'host' && action !== 'set')
      report('WEFT1204', place, `the Host header can be set, not ${action === 'add' ? 'added to' : 'removed'}: every request has exactly one`);
    seen.set(key, before ?? place);
  }
}

/** A host has one value: from URLRewrite or from a header modifier. */
function checkHost(filters: readonly FilterSpec[], path: string, report: Report): void {
  const rewrite = filters.findIndex((each) => each.urlRewrite?.hostname !== undefined);
  const set = filters.findIndex((each) => each.requestHeaderModifier?.set.some(({ name }) => name.toLowerCase() === 'host') === true);
  if (rewrite >= 0 && set >= 0) report('WEFT1207', `${path}[${rewrite}].urlRewrite.hostname`, `the host is already set by ${path}[${set}]`);
}
