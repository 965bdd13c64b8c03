// The fixed list of HTTP filters. It is part of a listener and so is fixed when a proxy starts: a policy may enable a filter per
// route, never add one. A new filter gets a row here, at its place, present in every proxy and `disabled: true` unless it
// is needed by every request (an enabled idle filter costs 1.3 µs per request and proxy, a disabled one nothing).
import {
  CompositeSchema,
  CorsSchema,
  type DnsCacheConfigSchema,
  DynamicForwardProxyFilterSchema,
  GrpcWebSchema,
  HeaderMutationSchema,
  type HttpFilterSchema,
  HttpRbacSchema,
  type Init,
  type MessageInitShape,
  named,
  OAuth2Schema,
  RouterSchema,
  StatefulSessionSchema,
} from '../envoy/index.ts';
import { AUTHORIZER_FILTERS } from '../policy/index.ts';
import { callerFilter } from './emit/caller.ts';
import { discoveredFilter, sharedFilter } from './emit/discovered.ts';
import { DNS_CACHE } from './emit/dns-cache.ts';
import { luaFilter, processorFilter, wasmFilter } from './emit/extensions.ts';
import { ROUTE_AUTHORIZER } from './emit/per-route.ts';
import { safeMethodsFilter } from './emit/retry.ts';
import { retryMethodsFilter } from './emit/retry-methods.ts';
import { adaptiveConcurrency, admissionControl } from './emit/shedding.ts';
import { criticalFilter, tokenFilter } from './emit/tokens.ts';

type Side = 'outbound' | 'inbound' | 'explicit' | 'gateway';

interface FilterRow {
  readonly sides: readonly Side[];
  /** Undefined: it is told what it does, at each place by itself (emit/discovered.ts). */
  readonly config: MessageInitShape<typeof HttpFilterSchema> | undefined;
  /** How it stands there, when it is not the limiter. */
  readonly told?: typeof tokenFilter;
  /** Switched on by the routes that need it. */
  readonly disabled?: true;
  /** Also where names are looked up as they are called, then with the cache of that place. */
  readonly lookups?: true;
}

const ROWS: readonly FilterRow[] = [
  // Before everything that could refuse: a browser may read a refusal too.
  { sides: ['outbound', 'explicit', 'gateway'], config: named('weft.cors_echo', HeaderMutationSchema, {}), disabled: true },
  { sides: ['outbound', 'explicit', 'gateway'], config: named('weft.cors', CorsSchema, {}), disabled: true },
  {
    // Acts only on routes to its own cluster: names that are no service, for applications that were told of the proxy.
    sides: ['explicit'],
    config: named('envoy.filters.http.dynamic_forward_proxy', DynamicForwardProxyFilterSchema, {
      implementationSpecifier: { case: 'dnsCacheConfig', value: DNS_CACHE },
    }),
    lookups: true,
  },
  // Browsers cannot speak gRPC itself. It acts on requests of content type application/grpc-web only; refusals below are told in its words.
  { sides: ['gateway'], config: named('envoy.filters.http.grpc_web', GrpcWebSchema, {}) },
  // Who has not signed in is sent to do that; behind it stands whose token is looked at.
  { sides: ['gateway'], config: named('weft.oauth2', OAuth2Schema, {}), disabled: true },
  // Who the end user is, before anybody decides what he may do: one token, of an issuer's, with nothing in it that nobody understands.
  { sides: ['inbound', 'gateway'], config: named('weft.jwt_once', HttpRbacSchema, {}), disabled: true },
  { sides: ['inbound', 'gateway'], config: undefined, told: tokenFilter, disabled: true },
  { sides: ['inbound', 'gateway'], config: criticalFilter(), disabled: true },
  // Who may do what, before anything is counted or spent for him: what is only recorded, then DENY, then ALLOW.
  { sides: ['inbound', 'gateway'], config: named('weft.authz_audit', HttpRbacSchema, {}), disabled: true },
  { sides: ['inbound', 'gateway'], config: named('weft.authz_deny', HttpRbacSchema, {}), disabled: true },
  { sides: ['inbound', 'gateway'], config: named('weft.authz_allow', HttpRbacSchema, {}), disabled: true },
  // What somebody else decides about who may do what.
  ...AUTHORIZER_FILTERS.map((name): FilterRow => ({ sides: ['inbound', 'gateway'], config: named(name, CompositeSchema, {}), disabled: true })),
  // The same, of a rule's own filter: where it is decided which rule a request takes.
  { sides: ['outbound', 'explicit', 'gateway'], config: named(ROUTE_AUTHORIZER, CompositeSchema, {}), disabled: true },
  // Before faults: who is refused is not delayed.
  { sides: ['inbound', 'gateway'], config: undefined, disabled: true },
  // Faults on purpose: a route says which, for whom and until when.
  { sides: ['outbound', 'inbound', 'explicit', 'gateway'], config: named('weft.fault', CompositeSchema, {}), disabled: true },
  // Programs of users (ExtensionPolicy): behind everything of ours that answers a request, before what works on its way to the endpoint.
  { sides: ['outbound', 'inbound', 'explicit', 'gateway'], config: processorFilter() },
  { sides: ['outbound', 'inbound', 'explicit', 'gateway'], config: luaFilter() },
  { sides: ['inbound'], config: wasmFilter() },
  { sides: ['outbound', 'explicit', 'gateway'], config: named('weft.stateful_session', StatefulSessionSchema, {}), disabled: true },
  { sides: ['outbound', 'explicit', 'gateway'], config: safeMethodsFilter() },
  // Which workload calls, for balancing by it: a policy switches it on for a route.
  { sides: ['outbound', 'explicit'], config: callerFilter() },
  // In front of the application, after whatever refuses for other reasons.
  { sides: ['inbound'], config: admissionControl(), disabled: true },
  { sides: ['inbound'], config: adaptiveConcurrency(), disabled: true },
  // Retries for some methods only: a route says which.
  { sides: ['outbound', 'explicit', 'gateway'], config: retryMethodsFilter(), disabled: true },
  {
    sides: ['outbound', 'inbound', 'explicit', 'gateway'],
    config: named('envoy.filters.http.router', RouterSchema, {
      dynamicStats: false,
      // The application sees what its peer sent: no x-envoy-* headers of ours in either direction.
      suppressEnvoyHeaders: true,
      startChildSpan: false,
      respectExpectedRqTimeout: false,
    }),
  },
];

type Lookups = Init<typeof DnsCacheConfigSchema>;

function lookingUp(cache: Lookups) {
  return named('envoy.filters.http.dynamic_forward_proxy', DynamicForwardProxyFilterSchema, {
    implementationSpecifier: { case: 'dnsCacheConfig', value: cache },
    // which port is meant was said before (emit/lookups.ts)
    allowDynamicHostFromFilterState: true,
  });
}

/** HTTP filters of a connection manager, in order; `place` is the name of its routes. */
export function httpFilters(side: Side, place = '', lookups?: Lookups) {
  return ROWS.filter((row) => row.sides.includes(side) || (row.lookups === true && lookups !== undefined)).map((row) => {
    const { disabled } = row;
    const config = row.lookups === true && lookups !== undefined ? lookingUp(lookups) : row.config;
    const filter = config ?? row.told?.(place) ?? (side === 'gateway' ? sharedFilter : discoveredFilter)('weft.local_ratelimit', place);
    return disabled === true ? { ...filter, disabled } : filter;
  });
}
