import { canonicalJson, type Diagnostic } from '../../base/index.ts';
import {
  duration,
  encode,
  headerChange,
  inline,
  type MessageInitShape,
  pointsAt,
  preencoded,
  type Reference,
  RouteAction_ClusterNotFoundResponseCode,
  RouteConfigurationSchema,
  RouteSchema,
  referencesIn,
  violations,
} from '../../envoy/index.ts';
import { diagnostic, type HeaderChange, type Protocol } from '../../model/index.ts';
import type { RetryPlan, RouteAction, RoutePlan, ServicePortPlan, WeightedBackend } from '../plan.ts';
import { actionFields, routeFilters, variantsOf } from './contributions.ts';
import { ADDITION_NAMES, emitRetry, RETRY_HEADER } from './retry.ts';
import { emitMatch } from './route-match.ts';
import { literal } from './text.ts';

/** A host of HTTP/1.1 is a header, so a change of it is one of the route, not of the headers. */
function isHost(name: string): boolean {
  return name.toLowerCase() === 'host';
}

function emitHeaders(request: HeaderChange, response: HeaderChange) {
  return {
    requestHeadersToAdd: changesOf(request),
    requestHeadersToRemove: request.remove.filter((name) => !isHost(name)),
    responseHeadersToAdd: changesOf(response),
    responseHeadersToRemove: [...response.remove],
  };
}

function changesOf({ set, add }: HeaderChange) {
  return [
    ...set.filter(({ name }) => !isHost(name)).map(({ name, value }) => headerChange('set', name, literal(value))),
    ...add.filter(({ name }) => !isHost(name)).map(({ name, value }) => headerChange('add', name, literal(value))),
  ];
}

function hostRewrite({ set }: HeaderChange) {
  const host = set.find(({ name }) => isHost(name));
  return host === undefined ? {} : { hostRewriteSpecifier: { case: 'hostRewriteLiteral', value: host.value } as const };
}

/** The host that the backend is asked for: what a filter says, or its own name outside the mesh. */
function backendHost({ host, requestHeaders }: WeightedBackend) {
  return { ...(host === undefined ? {} : { hostRewriteSpecifier: { case: 'hostRewriteLiteral', value: host } as const }), ...hostRewrite(requestHeaders) };
}

type Forward = Extract<RouteAction, { kind: 'forward' }>;

function clusterSpecifier(backends: readonly WeightedBackend[]) {
  const [only] = backends;
  if (backends.length === 1 && only !== undefined) return { case: 'cluster', value: only.cluster } as const;
  const clusters = backends.map((backend) => ({
    name: backend.cluster,
    weight: backend.weight,
    ...emitHeaders(backend.requestHeaders, backend.responseHeaders),
    ...backendHost(backend),
  }));
  return { case: 'weightedClusters', value: { clusters } } as const;
}

interface CommonRetry {
  /** All that it says, as text. */
  readonly key: string;
  readonly attempts: number;
}

/** What a retry policy says, wherever it comes from. */
function retryKey({ origin: _, ...values }: RetryPlan): string {
  return canonicalJson(values);
}

interface Emission {
  readonly plan: RoutePlan;
  readonly protocol: Protocol;
  /** The retry policy on the virtual host, which holds for routes that have none of their own. */
  readonly common: CommonRetry;
}

/**
 * The route's own retry policy; none where the virtual host's says the same, which is the usual case and halves the work that a
 * large table is for Envoy. An empty one switches that off.
 */
function ownRetry({ common }: Emission, { retry, timeout }: Forward) {
  if (timeout.tryMs === 0 && retryKey(retry) === common.key) return undefined;
  return emitRetry(retry, timeout.tryMs) ?? {};
}

/** The deadline a gRPC client sends is kept, however long; without one there is none. */
function streamLimits(protocol: Protocol, streamMs: number | undefined) {
  if (protocol !== 'grpc' && streamMs === undefined) return {};
  const most = streamMs === undefined ? {} : { maxStreamDuration: duration(streamMs) };
  return { maxStreamDuration: { ...most, ...(protocol === 'grpc' ? { grpcTimeoutHeaderMax: duration(0) } : {}) } };
}

function emitForward(emission: Emission, action: Forward) {
  const { plan, protocol } = emission;
  const shares = action.backends.filter((backend) => backend.weight > 0);
  const [only] = shares;
  const retryPolicy = ownRetry(emission, action);
  return {
    clusterSpecifier: clusterSpecifier(shares),
    clusterNotFoundResponseCode: RouteAction_ClusterNotFoundResponseCode.INTERNAL_SERVER_ERROR,
    timeout: duration(action.timeout.requestMs),
    ...(action.timeout.idleMs === undefined ? {} : { idleTimeout: duration(action.timeout.idleMs) }),
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
    ...(only === undefined || shares.length > 1 ? {} : backendHost(only)),
    ...hostRewrite(plan.requestHeaders),
    ...streamLimits(protocol, action.timeout.streamMs),
    ...actionFields(plan.contributions),
  };
}

/** With one backend its header changes come first, as Envoy does it for weighted ones: the most specific level first. */
function headersOf(plan: RoutePlan) {
  const shares = plan.action.kind === 'forward' ? plan.action.backends.filter((backend) => backend.weight > 0) : [];
  const [only] = shares;
  if (shares.length !== 1 || only === undefined) return emitHeaders(plan.requestHeaders, plan.responseHeaders);
  return emitHeaders(joined(only.requestHeaders, plan.requestHeaders), joined(only.responseHeaders, plan.responseHeaders));
}

function joined(first: HeaderChange, then: HeaderChange): HeaderChange {
  return { set: [...first.set, ...then.set], add: [...first.add, ...then.add], remove: [...first.remove, ...then.remove] };
}

function emitRoute(emission: Emission) {
  const { plan, common } = emission;
  const frame = { name: plan.name, match: emitMatch(plan.match), ...headersOf(plan), ...routeFilters(plan.contributions) };
  if (plan.action.kind === 'unresolved') {
    const body = inline(`no backend: ${plan.action.why}\n`);
    const action = { case: 'directResponse', value: { status: plan.action.status, body } } as const;
    return { ...frame, action };
  }
  // Without attempts, what the filter adds for safe methods must not begin any.
  const none = plan.action.retry.attempts === 0 && common.attempts > 0 ? ADDITION_NAMES : [];
  const action = { case: 'route', value: emitForward(emission, plan.action) } as const;
  return { ...frame, requestHeadersToRemove: [...frame.requestHeadersToRemove, ...none], action };
}

/** A route, and before it those that policies put in its place for some of its requests. */
function withVariants(plan: RoutePlan, route: ReturnType<typeof emitRoute>): readonly MessageInitShape<typeof RouteSchema>[] {
  const variants = variantsOf(plan.contributions).map(({ name, when, ...filters }) => {
    const headers = [...route.match.headers, ...(when.headers ?? [])];
    const queryParameters = [...route.match.queryParameters, ...(when.queryParameters ?? [])];
    return { ...route, name: `${route.name}#${name}`, match: { ...route.match, ...when, headers, queryParameters }, ...filters };
  });
  return [...variants, route];
}

interface Encoded {
  readonly protocol: Protocol;
  /** What the virtual host says of retries. */
  readonly common: string;
  /** The route itself last; before it, those for some of its requests. */
  readonly routes: readonly MessageInitShape<typeof RouteSchema>[];
  readonly references: readonly Reference[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Routes that were encoded before: a plan is the same object while nothing it is made from changes (see plan/routes.ts). */
const ENCODED = new WeakMap<RoutePlan, readonly Encoded[]>();

function encodeRoute(emission: Emission): Encoded {
  const { plan, protocol, common } = emission;
  const kept = ENCODED.get(plan) ?? [];
  const known = kept.find((each) => each.protocol === protocol && each.common === common.key);
  if (known !== undefined) return known;
  const routes = withVariants(plan, emitRoute(emission));
  const found = routes.flatMap((route) => violations(RouteSchema, route));
  const diagnostics = found.map(({ path, rule }) => diagnostic('WEFT1502', plan.match.origin, `Envoy would refuse ${path}: ${rule}`));
  const bytes = routes.map((route) => encode(RouteSchema, route));
  const encoded = {
    protocol,
    common: common.key,
    routes: bytes.map((each) => preencoded<typeof RouteSchema>(each)),
    references: bytes.flatMap((each) => referencesIn(RouteSchema, each)),
    diagnostics,
  };
  ENCODED.set(plan, [...kept, encoded]);
  return encoded;
}

/** What a virtual host is made of: of a service's port, or of a host of a gateway's listener. */
export interface HostPlan {
  readonly name: string;
  readonly protocol: Protocol;
  readonly routes: readonly RoutePlan[];
}

/** A virtual host but for its domains, its routes encoded; with what Envoy would say against them. */
export function emitVirtualHost(port: HostPlan) {
  const forward = port.routes.map((route) => route.action).find((action) => action.kind === 'forward');
  const common = forward === undefined ? { key: '', attempts: 0 } : { key: retryKey(forward.retry), attempts: forward.retry.attempts };
  const all = port.routes.map((plan) => encodeRoute({ plan, protocol: port.protocol, common }));
  const policy = forward === undefined ? undefined : emitRetry(forward.retry, 0);
  const routes = all.flatMap((each) => each.routes);
  const host = { name: port.name, routes, ...(policy === undefined ? { requestHeadersToRemove: ADDITION_NAMES } : { retryPolicy: policy }) };
  return { host, references: all.map((each) => each.references), diagnostics: all.flatMap((each) => each.diagnostics) };
}

export function hostOf({ host, port, protocol, routes }: ServicePortPlan): HostPlan {
  return { name: `${host}:${port}`, protocol, routes };
}

/**
 * The route table of one port of a service: the address called has decided already, so one virtual host takes every Host header.
 * A `weft-reason` is not removed here: it is the peer's sidecar's, which strips what an application writes.
 */
export function emitRouteTable(port: ServicePortPlan): { readonly bytes: Uint8Array; readonly diagnostics: readonly Diagnostic[] } {
  const { host, references, diagnostics } = emitVirtualHost(hostOf(port));
  const encoded = (routes: typeof host.routes): Uint8Array =>
    encode(RouteConfigurationSchema, {
      name: port.routesName,
      virtualHosts: [{ ...host, routes, domains: ['*'] }],
      responseHeadersToRemove: [RETRY_HEADER],
      validateClusters: false,
    });
  const bytes = encoded(host.routes);
  pointsAt(bytes, [referencesIn(RouteConfigurationSchema, encoded([])), ...references]);
  return { bytes, diagnostics };
}
