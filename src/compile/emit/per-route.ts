// Filters of the fixed list that a rule switches on: CORS and session persistence.
import {
  always,
  CookieBasedSessionStateSchema,
  CorsPolicySchema,
  duration,
  ExtAuthzSchema,
  extension,
  FilterConfigSchema,
  HeaderBasedSessionStateSchema,
  type HeaderMatcherSchema,
  HeaderMutationPerRouteSchema,
  HeaderValueOption_HeaderAppendAction,
  headerChange,
  headerMatcher,
  type Init,
  inline,
  type Packed,
  pack,
  StatefulSessionPerRouteSchema,
  stringMatcher,
} from '../../envoy/index.ts';
import { type Cors, type SessionPersistence, splitServiceKey } from '../../model/index.ts';
import { authorizerFilter } from '../../policy/index.ts';
import type { AuthorizerPlan, WeightedBackend } from '../plan.ts';
import { quoted } from './conditions.ts';
import { literal } from './text.ts';

type Switched = Readonly<Record<string, Packed>>;

const switchedOn = (config: Packed): Packed => pack(FilterConfigSchema, { config });

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** RE2 for the origins that an entry of allowOrigins means. `*` in a host is any number of labels; the usual port may be left out. */
export function originPattern(origin: string): string {
  if (origin === '*') return '.*';
  const [, scheme = '', host = '', port] = /^([^:]+):\/\/([^:]+)(?::(\d+))?$/.exec(origin) ?? [];
  const usual = DEFAULT_PORTS[scheme];
  const tail = port === undefined || port === usual ? (usual === undefined ? '' : `(?::${usual})?`) : `:${port}`;
  return `(?i:${quoted(scheme)}://${host.split('*').map(quoted).join('[^/:]+')})${tail}`;
}

/** With credentials a browser takes `*` for a name, so what it asked for is said instead (by `weft.cors_echo`). */
const isEchoed = ({ allowCredentials }: Cors, list: readonly string[]): boolean => allowCredentials && list.includes('*');

function corsPolicy(cors: Cors): Packed {
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, maxAgeSeconds, allowCredentials } = cors;
  const exposed = allowCredentials ? exposeHeaders.filter((name) => name !== '*') : exposeHeaders;
  return pack(CorsPolicySchema, {
    allowOriginStringMatch: allowOrigins.map((origin) => stringMatcher('regex', originPattern(origin))),
    allowMethods: allowMethods.join(','),
    allowHeaders: allowHeaders.join(','),
    exposeHeaders: exposed.join(','),
    maxAge: String(maxAgeSeconds),
    allowCredentials,
    // A preflight of another origin is answered without the headers that would allow it, and never reaches an application.
    forwardNotMatchingPreflights: false,
  });
}

/** A browser asks on behalf of an origin that is not allowed. */
export function foreignPreflight({ allowOrigins }: Cors) {
  const present = (name: string): Init<typeof HeaderMatcherSchema> => ({ name, headerMatchSpecifier: { case: 'presentMatch', value: true } });
  const foreign = { ...headerMatcher('origin', 'regex', allowOrigins.map(originPattern).join('|')), invertMatch: true };
  const asked = [headerMatcher(':method', 'exact', 'OPTIONS'), present('access-control-request-method'), present('origin')];
  return allowOrigins.length === 0 ? asked : [...asked, foreign];
}

export const REFUSED_PREFLIGHT = { case: 'directResponse', value: { status: 403, body: inline('origin not allowed\n') } } as const;

function echo(header: string, asked: string) {
  const value = `%REQ(${asked})%`;
  return {
    action: { case: 'append' as const, value: { header: { key: header, value }, appendAction: HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS } },
  };
}

/** CORS of a rule or backend. */
export function corsFilters(cors: Cors | undefined): Switched {
  if (cors === undefined) return {};
  const responseMutations = [
    ...(isEchoed(cors, cors.allowMethods) ? [echo('access-control-allow-methods', 'access-control-request-method')] : []),
    ...(isEchoed(cors, cors.allowHeaders) ? [echo('access-control-allow-headers', 'access-control-request-headers')] : []),
  ];
  const own = { 'weft.cors': switchedOn(corsPolicy(cors)) };
  if (responseMutations.length === 0) return own;
  return { ...own, 'weft.cors_echo': switchedOn(pack(HeaderMutationPerRouteSchema, { mutations: { responseMutations } })) };
}

/** The authorizer of a rule, beside those of policies. One that cannot be asked lets nobody pass. */
export function authorizerFilters(plan: AuthorizerPlan | undefined): Switched {
  if (plan === undefined) return {};
  const { auth, cluster, service } = plan;
  const { namespace, name } = splitServiceKey(service);
  const { protocol, allowedHeaders, path, allowedResponseHeaders, maxBodyBytes } = auth;
  const answer = allowedResponseHeaders.length === 0 ? {} : { allowedResponseHeaders: [...allowedResponseHeaders] };
  const asked =
    protocol === 'GRPC'
      ? { protocol, grpc: allowedHeaders.length === 0 ? {} : { allowedHeaders: [...allowedHeaders] } }
      : { protocol, http: { path, allowedHeaders: [...allowedHeaders], ...answer } };
  const body = maxBodyBytes === 0 ? {} : { forwardBody: { maxSize: maxBodyBytes } };
  const filter = authorizerFilter({ ...asked, ...body }, { cluster, authority: `${name}.${namespace}.mesh` });
  return { [ROUTE_AUTHORIZER]: switchedOn(always(extension('envoy.filters.http.ext_authz', ExtAuthzSchema, filter))) };
}

/** Of the fixed list. */
export const ROUTE_AUTHORIZER = 'weft.ext_authz_route';

function sessionState({ type, name, lifetimeMs, path }: SessionPersistence) {
  if (type === 'Header') return extension('envoy.http.stateful_session.header', HeaderBasedSessionStateSchema, { name });
  const ttl = lifetimeMs === 0 ? {} : { ttl: duration(lifetimeMs) };
  return extension('envoy.http.stateful_session.cookie', CookieBasedSessionStateSchema, { cookie: { name, path, ...ttl } });
}

/** Session persistence of a rule: an endpoint that is gone gives the session to another one. */
export function sessionFilters(session: SessionPersistence | undefined): Switched {
  if (session === undefined) return {};
  const statefulSession = { sessionState: sessionState(session), strict: false };
  return { 'weft.stateful_session': switchedOn(pack(StatefulSessionPerRouteSchema, { override: { case: 'statefulSession', value: statefulSession } })) };
}

/** Which of several backends a session is with: a cookie beside that of its endpoint. */
export function armOf({ name }: SessionPersistence): string {
  return `${name}-arm`;
}

/** How a backend is named in that cookie. */
export function armValue({ service, subset, port }: Pick<WeightedBackend, 'service' | 'subset' | 'port'>): string {
  return `${service.replaceAll(/[^A-Za-z0-9./-]/g, '-')}${subset === undefined ? '' : `/${subset}`}/${port}`;
}

export function armCookie(session: SessionPersistence, backend: WeightedBackend) {
  const lifetime = session.lifetimeMs === 0 ? '' : `; Max-Age=${Math.ceil(session.lifetimeMs / 1000)}`;
  return headerChange('add', 'set-cookie', literal(`${armOf(session)}=${armValue(backend)}; Path=${session.path}${lifetime}; HttpOnly`));
}
