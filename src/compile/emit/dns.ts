import { byCodeUnit } from '../../base/index.ts';
import {
  CaresDnsResolverConfigSchema,
  DnsFilterConfigSchema,
  duration,
  extension,
  type ListenerSchema,
  type MessageInitShape,
  named,
  socketAddress,
  TrafficDirection,
} from '../../envoy/index.ts';
import type { Capture } from '../../model/index.ts';
import type { OutboundPlan } from '../plan.ts';
import { NAMES_PORT } from '../pod/ports.ts';
import { namespaceOf } from './entered.ts';
import { anyNameOf, NOWHERE } from './nowhere.ts';

const TTL_MS = 30_000;

function virtualDomains({ names, workload }: OutboundPlan) {
  const known = [...names].map(([name, { addresses }]) => virtualDomain(name, addresses));
  const namespaces = new Set([workload.namespace, ...[...names.values()].map(({ service }) => service.slice(0, service.indexOf('/')))]);
  return [...known, ...[...namespaces].sort(byCodeUnit).map((namespace) => virtualDomain(anyNameOf(namespace), [NOWHERE]))];
}

/** A name and its addresses of IPv4, for questions about either family. */
export function virtualDomain(name: string, addresses: readonly string[]) {
  // The IPv4-mapped address answers AAAA: without one Envoy says NXDOMAIN, and musl then does not resolve the name at all.
  const endpointConfig = { case: 'addressList' as const, value: { address: addresses.flatMap((address) => [address, `::ffff:${address}`]) } };
  return { name, endpoint: { endpointConfig }, answerTtl: duration(TTL_MS) };
}

/** `1.2.3.4`, `1.2.3.4:53`, `[::1]:53` or `::1`; anything else is left out. */
export function resolverAddress(text: string) {
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::(\d{1,5}))?$/.exec(text) ?? /^(\d+\.\d+\.\d+\.\d+)(?::(\d{1,5}))?$/.exec(text) ?? /^([0-9a-fA-F:]+)$/.exec(text);
  if (bracketed === null) return [];
  return [socketAddress({ address: bracketed[1] ?? '', port: Number(bracketed[2] ?? 53), udp: true })];
}

/** In a pod without resolvers of its own mention Envoy asks those of the pod's resolv.conf. */
function client(capture: Extract<Capture, { mode: 'netns' | 'relay' | 'pod' }>) {
  const resolvers = capture.resolvers.flatMap(resolverAddress);
  return {
    resolverTimeout: duration(5_000),
    maxPendingLookups: 256n,
    typedDnsResolverConfig: extension('envoy.network.dns_resolver.cares', CaresDnsResolverConfigSchema, {
      resolvers,
      dnsResolverOptions: { useTcpForDnsLookups: false, noDefaultSearchDomain: true },
    }),
  };
}

/** The workload's name server, inside its namespace: names of the mesh from a table, all others from the machine's resolvers. */
export function dnsListener(outbound: OutboundPlan): MessageInitShape<typeof ListenerSchema> | undefined {
  const capture = outbound.workload.proxy?.capture;
  if (capture === undefined || (capture.mode !== 'netns' && capture.mode !== 'relay' && capture.mode !== 'pod')) return undefined;
  const table = { externalRetryCount: 1, virtualDomains: virtualDomains(outbound) };
  return nameServer(capture, { name: 'dns', suffix: outbound.suffix, port: NAMES_PORT, table, others: client(capture) });
}

export interface NameServer {
  readonly name: string;
  readonly suffix: string;
  readonly port: number;
  readonly table: { readonly externalRetryCount?: number; readonly virtualDomains: ReturnType<typeof virtualDomain>[] };
  /** Who is asked for names that are not in the table; without, they do not exist. */
  readonly others?: ReturnType<typeof client>;
}

/** A listener for questions, where the application stands. */
export function nameServer(capture: Capture, { name, suffix, port, table, others }: NameServer): MessageInitShape<typeof ListenerSchema> {
  const inside = namespaceOf(capture);
  const netns = inside === undefined ? {} : { netns: inside };
  return {
    name: `${name}${suffix}`,
    statPrefix: name,
    address: socketAddress({ address: '127.0.0.1', port, udp: true, ...netns }),
    udpListenerConfig: { downstreamSocketConfig: { maxRxDatagramSize: 4096n } },
    listenerFilters: [
      named('envoy.filters.udp.dns_filter', DnsFilterConfigSchema, {
        statPrefix: name,
        caseInsensitive: true,
        serverConfig: { configSource: { case: 'inlineDnsTable', value: table } },
        ...(others === undefined ? {} : { clientConfig: others }),
      }),
    ],
    trafficDirection: TrafficDirection.OUTBOUND,
  };
}
