import type { Diagnostic } from '../../base/index.ts';
import {
  encode,
  type Hash,
  headerChange,
  headerMatcher,
  inline,
  type MessageInitShape,
  makeResource,
  preencoded,
  RouteConfigurationSchema,
  type RouteSchema,
  VirtualHostSchema,
} from '../../envoy/index.ts';
import { originsIn } from '../../policy/index.ts';
import { sharedExtension } from '../emit/discovered.ts';
import { emitLimiter } from '../emit/limiters.ts';
import { CAUSE_HEADER, REASON_OUTSIDE } from '../emit/reasons.ts';
import { RETRY_HEADER } from '../emit/retry.ts';
import { emitVirtualHost } from '../emit/routes.ts';
import type { Emitted } from '../emit/service.ts';
import { tokenExtension } from '../emit/tokens.ts';
import { distinct } from './emit.ts';
import { domainOf } from './hostnames.ts';
import { altSvc } from './http3.ts';
import { MISDIRECTED_ROUTE } from './misdirected.ts';
import type { GatewayHostPlan, GatewayTablePlan } from './plan.ts';

interface EncodedHost {
  readonly bytes: Uint8Array;
  readonly diagnostics: readonly Diagnostic[];
}

interface KeptHost {
  readonly routes: GatewayHostPlan['routes'];
  readonly encoded: EncodedHost;
}

/** Hosts as they were encoded last, by table and name: a change of one host of many costs that one. */
const HOSTS = new Map<string, KeptHost>();
const MOST_HOSTS = 50_000;

/** RFC 9112 §3.2: more than one Host is no request. Envoy joins them, and only a wildcard is about the result. */
const SEVERAL_HOSTS: MessageInitShape<typeof RouteSchema> = {
  name: 'several-hosts',
  match: { pathSpecifier: { case: 'prefix', value: '/' }, headers: [headerMatcher(':authority', 'contains', ',')] },
  action: { case: 'directResponse', value: { status: 400, body: inline('more than one Host\n') } },
};

function encodedHost(table: string, plan: GatewayHostPlan): EncodedHost {
  const domain = domainOf(plan.hostname);
  const key = `${table} ${domain}`;
  const known = HOSTS.get(key);
  if (known !== undefined && known.routes.length === plan.routes.length && known.routes.every((route, at) => route === plan.routes[at])) return known.encoded;
  const { host, diagnostics } = emitVirtualHost({ name: domain, protocol: plan.protocol, routes: plan.routes });
  const routes = domain.startsWith('*') ? [SEVERAL_HOSTS, ...host.routes] : host.routes;
  const encoded = {
    bytes: encode(VirtualHostSchema, { ...host, routes, domains: [domain], responseHeadersToAdd: [...(host.responseHeadersToAdd ?? []), REASON_OUTSIDE] }),
    diagnostics,
  };
  if (HOSTS.size >= MOST_HOSTS) HOSTS.clear();
  HOSTS.set(key, { routes: plan.routes, encoded });
  return encoded;
}

/** RFC 9110 §15.5.20: the client is to ask again over a connection of its own for that host. */
function misdirected(hostname: string): MessageInitShape<typeof VirtualHostSchema> {
  const body = inline('misdirected request: this connection is for another host name (TLS SNI); open a new one\n');
  const action = { case: 'directResponse' as const, value: { status: 421, body } };
  const routes = [{ name: MISDIRECTED_ROUTE, match: { pathSpecifier: { case: 'prefix' as const, value: '/' } }, action }];
  return { name: `misdirected ${domainOf(hostname)}`, domains: [domainOf(hostname)], routes };
}

/** The route table of a port or listener. What a peer's sidecar says in `weft-reason` is not for the world outside, but the cause. */
export function gatewayRoutes(table: GatewayTablePlan, hash: Hash): Emitted {
  const hosts = table.hosts.map((host) => encodedHost(table.name, host));
  const diagnostics = hosts.flatMap((each) => each.diagnostics);
  if (diagnostics.length > 0) return { resources: [], diagnostics };
  const said = new Set(table.hosts.flatMap((host) => host.routes.map((route) => route.contributions)));
  const switched = [...said].flatMap(originsIn);
  const origins = distinct([...table.origins, ...switched]);
  const bytes = encode(RouteConfigurationSchema, {
    name: table.name,
    virtualHosts: [...hosts.map((each) => preencoded<typeof VirtualHostSchema>(each.bytes)), ...table.misdirected.map(misdirected)],
    // Behind what hosts add: they make the reason of it.
    responseHeadersToRemove: [RETRY_HEADER, CAUSE_HEADER],
    ...(table.http3Port === undefined ? {} : { responseHeadersToAdd: [headerChange('set', 'alt-svc', altSvc(table.http3Port))] }),
    validateClusters: false,
    ignorePortInHostMatching: true,
  });
  const routes = makeResource({ type: 'routes', name: table.name, pieces: [bytes], origins, hash });
  const told = [sharedExtension('weft.local_ratelimit', table.name, said), tokenExtension(table.name, said)].map((init) =>
    emitLimiter(init, { origins, hash }),
  );
  return { resources: [routes, ...told.flatMap((each) => each.resources)], diagnostics: told.flatMap((each) => each.diagnostics) };
}
