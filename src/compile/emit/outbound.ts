import {
  cidr,
  duration,
  encode,
  FilterChainSchema,
  Listener_DrainType,
  type ListenerSchema,
  type MessageInitShape,
  named,
  OriginalDstSchema,
  preencoded,
  socketAddress,
  TrafficDirection,
} from '../../envoy/index.ts';
import type { OutboundPlan, ProxyPlan, ServicePortPlan } from '../plan.ts';
import { OUTBOUND_PORT } from '../pod/ports.ts';
import { byteFilters, lookupKey, requestFilters, targetOfChain } from './by-name.ts';
import { namespaceOf, passthroughName } from './entered.ts';
import { BUFFER_BYTES } from './limits.ts';
import { nowhereChains, refusedOutside } from './nowhere.ts';
import { tcpProxy } from './tcp-proxy.ts';
import { type Whose, whoseIs } from './whose.ts';

/** Chains by everything they are made of; the same chain is in the listener of every proxy that may see the port. */
const CHAINS = new Map<string, Uint8Array>();
const MOST_CHAINS = 50_000;

/** The filter chain of one port of a service, found by the virtual address alone: no inspector waits for the client's first bytes. */
function encodedChain(plan: ServicePortPlan, suffix: string): Uint8Array {
  const target = plan.protocol === 'tcp' ? targetOfChain(plan, suffix) : '';
  const whose = whoseIs(suffix);
  const key = `${whose} ${plan.protocol === 'tcp' ? 'tcp' : 'http'} ${plan.id} ${plan.vip} ${plan.port} ${target === '' ? plan.routesName : JSON.stringify(target)} ${lookupKey(plan)}`;
  const known = CHAINS.get(key);
  if (known !== undefined) return known;
  const bytes = encode(FilterChainSchema, {
    name: plan.id,
    filterChainMatch: { destinationPort: plan.port, prefixRanges: [cidr(plan.vip, 32)] },
    filters: plan.protocol === 'tcp' ? byteFilters(plan, suffix) : requestFilters(plan, { whose }),
  });
  if (CHAINS.size >= MOST_CHAINS) CHAINS.clear();
  CHAINS.set(key, bytes);
  return bytes;
}

/** Everything else: straight on to where it was going, or closed. */
function elsewhere(plan: ProxyPlan, { relay, way, whose }: { readonly relay: boolean; readonly way: string; readonly whose: Whose }) {
  if (!plan.passthrough) return {};
  const filter = tcpProxy('outbound', way, relay ? { tunnel: '%DOWNSTREAM_LOCAL_ADDRESS%' } : { whose });
  return { defaultFilterChain: { name: 'passthrough', filters: [filter] } };
}

/**
 * Where the application's captured connections arrive: loopback of its own network namespace. Its fields never change, so adding or
 * removing a service touches one chain and no connection of another. Undefined where nothing is captured.
 */
export function outboundListener(plan: ProxyPlan, outbound: OutboundPlan): MessageInitShape<typeof ListenerSchema> | undefined {
  const capture = outbound.workload.proxy?.capture;
  if (capture === undefined || (capture.mode !== 'netns' && capture.mode !== 'relay' && capture.mode !== 'pod')) return undefined;
  const inside = namespaceOf(capture);
  const netns = inside === undefined ? {} : { netns: inside };
  const whose = whoseIs(outbound.suffix);
  const at = (address: string) => socketAddress({ address, port: OUTBOUND_PORT, ...netns });
  const chains = [...new Map(outbound.chains.map((chain) => [`${chain.vip}:${chain.port}`, chain])).values()];
  return {
    name: `outbound${outbound.suffix}`,
    statPrefix: 'outbound',
    address: at('127.0.0.1'),
    // A pod without an address of IPv6 may have no such loopback either, and nothing of IPv6 leaves it.
    ...(capture.mode === 'pod' && !capture.ipv6 ? {} : { additionalAddresses: [{ address: at('::1') }] }),
    listenerFilters: [named('envoy.filters.listener.original_dst', OriginalDstSchema, {})],
    listenerFiltersTimeout: duration(0),
    filterChains: [
      ...chains.map((chain) => preencoded<typeof FilterChainSchema>(encodedChain(chain, outbound.suffix))),
      ...nowhereChains([...chains.map((chain) => chain.port), ...(plan.passthrough ? [] : [80])], outbound.fallback?.cluster, whose),
      ...(plan.passthrough ? [] : [refusedOutside(whose)]),
    ],
    ...elsewhere(plan, { relay: capture.mode === 'relay', way: passthroughName(outbound), whose }),
    trafficDirection: TrafficDirection.OUTBOUND,
    drainType: Listener_DrainType.MODIFY_ONLY,
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    maxConnectionsToAcceptPerSocketEvent: 1,
  };
}
