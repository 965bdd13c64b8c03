// What the filters of a rule, or of one of its backends, do to the requests they stand for.
import type { Origin } from '../../base/index.ts';
import type { Cors, ExternalAuth, FilterRef, HeaderChange, HttpRoute, Mesh, PathMatch, Redirect, RouteFilter, RouteFilters } from '../../model/index.ts';
import type { AnswerPlan, AuthorizerPlan, MirrorPlan, RedirectPlan, RewritePlan, View } from '../plan.ts';
import { destinationOf, planMirror } from './backends.ts';
import { pathRewrite } from './path-change.ts';

/** What of a site filters depend on. */
export interface FilterSite {
  readonly mesh: Mesh;
  readonly view: View;
  readonly listener: { readonly scheme: 'http' | 'https'; readonly port: number };
}

export interface Treatment {
  readonly requestHeaders: HeaderChange;
  readonly responseHeaders: HeaderChange;
  readonly rewrite?: RewritePlan;
  readonly mirrors: readonly MirrorPlan[];
  readonly cors?: Cors;
  readonly authorizer?: AuthorizerPlan;
  /** The proxy answers by itself. */
  readonly answer?: AnswerPlan;
  /** Why requests are answered with an error: a filter that is not there is never skipped. */
  readonly problem?: string;
}

interface Filtered {
  readonly route: HttpRoute;
  readonly filters: RouteFilters;
  readonly path: PathMatch;
}

/** The filters at work on requests of one match. */
export function treatmentOf(site: FilterSite, { route, filters, path }: Filtered): Treatment {
  const { requestHeaders, responseHeaders, cors } = filters;
  const missing = filters.extensions.find(({ filter }) => filter === undefined);
  const found = filters.extensions.flatMap(({ filter }) => filter ?? []);
  const rewrite = rewriteOf(filters, found, path);
  const answer = answerOf(site, { filters, found, path });
  return {
    requestHeaders,
    responseHeaders,
    ...(rewrite === undefined ? {} : { rewrite }),
    mirrors: filters.mirrors.flatMap((mirror) => planMirror(site.mesh, { route, mirror, view: site.view })),
    ...(cors === undefined ? {} : { cors }),
    ...(answer === undefined ? {} : { answer }),
    ...authorizerOf(site, route, filters.externalAuth),
    ...problemOf({ route, missing, unasked: filters.externalAuth !== undefined && answer !== undefined }),
  };
}

function authorizerOf({ mesh, view }: FilterSite, route: HttpRoute, auth: ExternalAuth | undefined): Pick<Treatment, 'authorizer'> {
  return auth === undefined ? {} : { authorizer: { ...destinationOf(mesh, { route, target: auth.backend, view }), auth } };
}

interface Lacking {
  readonly route: HttpRoute;
  readonly missing: FilterRef | undefined;
  /** Somebody is to be asked about what the proxy answers by itself. */
  readonly unasked: boolean;
}

function problemOf({ route, missing, unasked }: Lacking): Pick<Treatment, 'problem'> {
  if (missing !== undefined) return { problem: `${missing.kind} ${route.namespace}/${missing.name} does not exist` };
  return unasked ? { problem: 'an authorizer is to be asked about what the proxy answers by itself' } : {};
}

/** Host and path may come from URLRewrite and from a RouteFilter; of two paths the RouteFilter's counts, which is told when it is written. */
function rewriteOf({ rewrite }: RouteFilters, found: readonly RouteFilter[], match: PathMatch): RewritePlan | undefined {
  const own = found.find((filter) => filter.rewrite !== undefined)?.rewrite;
  const path = pathRewrite(own?.path ?? rewrite?.path, match);
  const hostname = rewrite?.hostname;
  const origin: Origin | undefined = own?.origin ?? rewrite?.origin;
  if (origin === undefined || (path === undefined && hostname === undefined)) return undefined;
  return { ...(hostname === undefined ? {} : { hostname }), ...(path === undefined ? {} : { path }), origin };
}

interface Answering {
  readonly filters: RouteFilters;
  readonly found: readonly RouteFilter[];
  readonly path: PathMatch;
}

function answerOf(site: FilterSite, { filters, found, path }: Answering): AnswerPlan | undefined {
  const responder = found.find((filter) => filter.respond !== undefined);
  if (responder?.respond !== undefined) return { kind: 'respond', ...responder.respond, origin: responder.origin };
  return filters.redirect === undefined ? undefined : redirectOf(site, filters.redirect, path);
}

const WELL_KNOWN = { http: 80, https: 443 } as const;

/** Gateway API: without a port, that of the scheme when one is given, else that of the listener; the usual one is not written. */
function redirectOf({ listener }: FilterSite, redirect: Redirect, match: PathMatch): RedirectPlan {
  const scheme = redirect.scheme ?? listener.scheme;
  const port = redirect.port ?? (redirect.scheme === undefined ? listener.port : WELL_KNOWN[redirect.scheme]);
  const path = pathRewrite(redirect.path, match);
  return {
    kind: 'redirect',
    ...(redirect.scheme === undefined ? {} : { scheme: redirect.scheme }),
    ...(redirect.hostname === undefined ? {} : { hostname: redirect.hostname }),
    ...(path === undefined ? {} : { path }),
    port,
    usualPort: port === WELL_KNOWN[scheme],
    status: redirect.status,
    origin: redirect.origin,
  };
}
