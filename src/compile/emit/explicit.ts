// Explicit capture: nothing is redirected, the application was told (`HTTP_PROXY`, and a loopback port per TCP upstream).
import type { Diagnostic } from '../../base/index.ts';
import {
  duration,
  encode,
  headerMatcher,
  inline,
  Listener_DrainType,
  type ListenerSchema,
  type MessageInitShape,
  preencoded,
  RouteConfigurationSchema,
  RouteSchema,
  socketAddress,
  TrafficDirection,
  type VirtualHostSchema,
} from '../../envoy/index.ts';
import { serviceKey } from '../../model/index.ts';
import { namesOf } from '../plan/called.ts';
import { EXPLICIT_ROUTES, OUTSIDE_HTTP_CLUSTER, OUTSIDE_ROUTE } from '../plan/names.ts';
import type { OutboundPlan, ProxyPlan, ServicePortPlan } from '../plan.ts';
import { byteFilters, requestFilters } from './by-name.ts';
import { connectionManager } from './connection-manager.ts';
import { insideName } from './inside.ts';
import { BUFFER_BYTES } from './limits.ts';
import { isByName } from './lookups.ts';
import { NO_SUCH_SERVICE } from './nowhere.ts';
import { CAUSE_HEADER } from './reasons.ts';
import { RETRY_HEADER } from './retry.ts';
import { emitVirtualHost, hostOf } from './routes.ts';

const explicitOf = (outbound: OutboundPlan) => {
  const capture = outbound.workload.proxy?.capture;
  return capture?.mode === 'explicit' ? capture : undefined;
};

const FRAME = {
  trafficDirection: TrafficDirection.OUTBOUND,
  drainType: Listener_DrainType.MODIFY_ONLY,
  perConnectionBufferLimitBytes: BUFFER_BYTES,
};

/** The HTTP proxy, and one listener per upstream that the workload was started with. */
export function explicitListeners(outbound: OutboundPlan): readonly MessageInitShape<typeof ListenerSchema>[] {
  const capture = explicitOf(outbound);
  if (capture === undefined) return [];
  const http = {
    name: `explicit${outbound.suffix}`,
    statPrefix: 'explicit',
    address: socketAddress({ address: '127.0.0.1', port: capture.httpPort }),
    filterChains: [{ name: 'explicit', filters: [connectionManager('explicit', `${EXPLICIT_ROUTES}${outbound.suffix}`)] }],
    ...FRAME,
  };
  const upstreams = capture.upstreams.flatMap((upstream) => {
    const chain = chainOf(outbound, upstream);
    if (chain === undefined) return [];
    const tcp = chain.protocol === 'tcp';
    const filters = tcp ? byteFilters(chain, outbound.suffix) : requestFilters(chain);
    const address = socketAddress({ address: '127.0.0.1', port: upstream.localPort });
    return [
      {
        name: `upstream:${upstream.localPort}${outbound.suffix}`,
        statPrefix: 'outbound',
        address,
        filterChains: [{ name: chain.id, filters }],
        ...FRAME,
      },
    ];
  });
  return [http, ...upstreams];
}

/** An upstream is named as in a Scope (`name`, `namespace/name`) or by its host (`name.namespace.mesh`). */
function chainOf({ workload, chains }: OutboundPlan, { service, port }: { readonly service: string; readonly port: number }): ServicePortPlan | undefined {
  const key = service.includes('/') ? service : serviceKey(workload.namespace, service);
  return chains.find((chain) => chain.port === port && (chain.service === key || chain.host === service));
}

/** The route table of the HTTP proxy: a virtual host per HTTP port of a service, and what lies outside. */
export function explicitRoutes(
  plan: ProxyPlan,
  outbound: OutboundPlan,
): { readonly name: string; readonly bytes: Uint8Array; readonly diagnostics: readonly Diagnostic[] } | undefined {
  if (explicitOf(outbound) === undefined) return undefined;
  const diagnostics: Diagnostic[] = [];
  const hosts: MessageInitShape<typeof VirtualHostSchema>[] = [];
  const taken = new Set<string>();
  for (const chain of outbound.chains) {
    if (chain.protocol === 'tcp') continue;
    const { host, diagnostics: found } = isByName(chain) ? namedInside(chain, outbound.suffix) : emitVirtualHost(hostOf(chain));
    diagnostics.push(...found);
    const domains = domainsOf(chain, outbound).filter((domain) => !taken.has(domain));
    for (const domain of domains) taken.add(domain);
    if (domains.length === 0) continue;
    hosts.push({ ...host, domains });
  }
  const name = `${EXPLICIT_ROUTES}${outbound.suffix}`;
  const bytes = encode(RouteConfigurationSchema, {
    name,
    virtualHosts: [...hosts, outside(plan.passthrough)],
    responseHeadersToRemove: [RETRY_HEADER, CAUSE_HEADER],
    validateClusters: false,
  });
  return { name, bytes, diagnostics };
}

/** Names of a wildcard are told apart by a listener of their own, which has the port's routes. */
function namedInside({ host, port, id }: ServicePortPlan, suffix: string): Pick<ReturnType<typeof emitVirtualHost>, 'host' | 'diagnostics'> {
  const value = { clusterSpecifier: { case: 'cluster' as const, value: insideName(id, suffix) }, timeout: duration(0) };
  const match = { pathSpecifier: { case: 'prefix' as const, value: '/' } };
  return {
    host: {
      name: `${host}:${port}`,
      routes: [preencoded<typeof RouteSchema>(encode(RouteSchema, { name: 'inside', match, action: { case: 'route', value } }))],
    },
    diagnostics: [],
  };
}

/** Names of a service's port as an application writes them; without a port means 80. */
function domainsOf(chain: ServicePortPlan, { workload, names: called }: OutboundPlan): readonly string[] {
  const own = namesOf(chain, workload.namespace).filter((name) => called.get(name)?.service === chain.service);
  const names = isByName(chain) ? own : [...own, chain.vip];
  return names.flatMap((name) => (chain.port === 80 ? [name, `${name}:80`] : [`${name}:${chain.port}`]));
}

/** Hosts that are no service: passed on by name, or refused with the reason. */
function outside(passthrough: boolean): MessageInitShape<typeof VirtualHostSchema> {
  const match = { pathSpecifier: { case: 'prefix' as const, value: '/' } };
  if (passthrough) {
    const value = { clusterSpecifier: { case: 'cluster' as const, value: OUTSIDE_HTTP_CLUSTER }, timeout: duration(0) };
    return {
      name: 'outside',
      domains: ['*'],
      // Names of the mesh are never looked for outside.
      routes: [
        { name: OUTSIDE_ROUTE, match: { ...match, headers: [headerMatcher(':authority', 'regex', '.*\\.mesh(:[0-9]+)?')] }, action: NO_SUCH_SERVICE },
        { name: 'passthrough', match, action: { case: 'route', value }, responseHeadersToRemove: ['weft-reason', CAUSE_HEADER] },
      ],
    };
  }
  const value = { status: 404, body: inline('no such service in the mesh, and the mesh lets nothing out (Mesh spec.outbound.mode)\n') };
  return { name: 'outside', domains: ['*'], routes: [{ name: OUTSIDE_ROUTE, match, action: { case: 'directResponse', value } }] };
}
