// Filters of the fixed list that a rule switches on: CORS and session persistence.
import {
  CookieBasedSessionStateSchema,
  CorsPolicySchema,
  duration,
  extension,
  FilterConfigSchema,
  HeaderBasedSessionStateSchema,
  HeaderMutationPerRouteSchema,
  HeaderValueOption_HeaderAppendAction,
  type Packed,
  pack,
  StatefulSessionPerRouteSchema,
  stringMatcher,
} from '../../envoy/index.ts';
import type { Cors, SessionPersistence } from '../../model/index.ts';
import { quoted } from './conditions.ts';

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

/** A session stays with its backend too: a cookie of Envoy's own making decides among the weights. */
export function armCookie({ name, lifetimeMs, path }: SessionPersistence) {
  return { policySpecifier: { case: 'cookie' as const, value: { name: `${name}-arm`, ttl: duration(lifetimeMs), path } } };
}
