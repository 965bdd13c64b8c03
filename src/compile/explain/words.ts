// How plans are said: short, units always, the same words everywhere.
import { type MatchExtension, type NamedMatch, type RouteMatch, type StringMatch, splitServiceKey } from '../../model/index.ts';
import type { PathRewrite } from '../plan/path-change.ts';
import type { AnswerPlan, RewritePlan, RoutePlan, WeightedBackend } from '../plan.ts';

/** `checkout-v2.shop:80`. */
export function backendName({ service, subset, port, host }: Pick<WeightedBackend, 'service' | 'subset' | 'port' | 'host'>): string {
  if (host !== undefined) return `${host}:${port}`;
  const { namespace, name } = splitServiceKey(service);
  return `${subset === undefined ? name : `${name}(${subset})`}.${namespace}:${port}`;
}

const SIGNS = { exact: '=', prefix: '^=', suffix: '$=', contains: '*=', regex: '~' } as const;

function said(name: string, match: StringMatch): string {
  if (match.kind === 'present') return name;
  return match.kind === 'range' ? `${name} in ${match.start}..${match.end - 1}` : `${name}${SIGNS[match.kind]}${match.value}`;
}

function named(what: string, { name, match, not }: NamedMatch): string {
  return `${not === true ? 'not ' : ''}${what} ${said(name, match)}`;
}

function extensionText({ methods, notMethods, schemes, paths, headers, query, cookies, source }: MatchExtension): readonly string[] {
  return [
    ...(methods.length === 0 ? [] : [`method ${methods.join(' or ')}`]),
    ...(notMethods.length === 0 ? [] : [`not method ${notMethods.join(' or ')}`]),
    ...(schemes.length === 0 ? [] : [`scheme ${schemes.join(' or ')}`]),
    ...paths.map(({ match, not }) => `${not === true ? 'not ' : ''}${said('path', match)}`),
    ...headers.map((each) => named('header', each)),
    ...query.map((each) => named('query', each)),
    ...cookies.map((each) => named('cookie', each)),
    ...(source === undefined ? [] : ['this caller']),
  ];
}

/** The conditions of a match; `every request` when it has none. */
export function conditionText({ path, method, headers, query, grpc }: RouteMatch, narrowed: readonly MatchExtension[] = []): string {
  const conditions = [
    ...(path.kind === 'pathPrefix' && path.value === '/'
      ? []
      : grpc !== undefined
        ? [`gRPC ${grpc.service || '*'}/${grpc.method || '*'}`]
        : [path.kind === 'exact' ? `path ${path.value}` : `path ${path.kind === 'regex' ? '~' : 'under '}${path.value}`]),
    ...(method === undefined ? [] : [`method ${method}`]),
    ...headers.map((each) => named('header', each)),
    ...query.map((each) => named('query', each)),
    ...narrowed.flatMap(extensionText),
  ];
  return conditions.length === 0 ? 'every request' : conditions.join(', ');
}

/** Shares of a rule's backends: `90 % checkout-v1.shop:80, 10 % checkout-v2.shop:80`. */
export function sharesText(backends: readonly WeightedBackend[]): string {
  return shares(backends)
    .map(({ backend, percent }) => `${percent} ${backendName(backend)}${backend.unresolved === undefined ? '' : ' (500)'}`)
    .join(', ');
}

export function shares<B extends Pick<WeightedBackend, 'weight'>>(backends: readonly B[]): readonly { readonly backend: B; readonly percent: string }[] {
  const total = backends.reduce((sum, backend) => sum + backend.weight, 0);
  return backends.filter((backend) => backend.weight > 0).map((backend) => ({ backend, percent: percentText(backend.weight / total) }));
}

function percentText(share: number): string {
  const percent = share * 100;
  return `${Number.isInteger(percent) ? percent : percent.toFixed(percent < 1 ? 2 : 1)} %`;
}

export function ruleName(route: RoutePlan): string {
  return /^\d+$/.test(route.rule) ? `rule ${route.rule}` : `rule "${route.rule}"`;
}

/** What a route does, in one line. */
export function outcomeText(route: RoutePlan): string {
  const { action } = route;
  if (action.kind === 'unresolved') return `${action.status}, ${action.why}`;
  return action.kind === 'forward' ? sharesText(action.backends) : answerText(action);
}

function pathText(path: PathRewrite): string {
  if (path.kind === 'regex') return `path s/${path.pattern}/${path.value}/`;
  return path.kind === 'full' ? `path ${path.value}` : `${path.prefix || '/'} becomes ${path.value || '/'}`;
}

/** What a proxy answers by itself. */
export function answerText(answer: AnswerPlan): string {
  if (answer.kind === 'respond') return `direct response ${answer.status}`;
  const { status, scheme, hostname, path, port, usualPort } = answer;
  const parts = [scheme, hostname, ...(usualPort ? [] : [`port ${port}`]), ...(path === undefined ? [] : [pathText(path)])];
  return `redirect ${status}${parts.map((part) => (part === undefined ? '' : ` ${part}`)).join('')}`;
}

/** What a rewrite changes: `host b.example, /v1 becomes /`. */
export function rewriteText({ hostname, path }: RewritePlan): string {
  return [...(hostname === undefined ? [] : [`host ${hostname}`]), ...(path === undefined ? [] : [pathText(path)])].join(', ');
}

/** A share of 1 is `all`. */
export function shareText(share: number): string {
  return share >= 1 ? 'all requests' : percentText(share);
}
