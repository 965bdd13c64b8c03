// Filters whose configuration travels by itself (ECDS): token buckets, which any change of what they stand in would fill again. The
// filters are fixed like all others, and each port has its own; what a policy says arrives under the filter's name.
import { byCodeUnit } from '../../base/index.ts';
import {
  adsSource,
  ConnectionLimitSchema,
  choosing,
  duration,
  ExtensionWithMatcherSchema,
  HttpLocalRateLimitSchema,
  NetworkLocalRateLimitSchema,
  type Packed,
  pack,
  routeSays,
} from '../../envoy/index.ts';
import { type Contribution, contributionsOf, type HttpFilterName, type NetworkFilterName } from '../../policy/index.ts';

export type DiscoveredFilter = Extract<HttpFilterName, 'weft.local_ratelimit'> | NetworkFilterName;

/** Envoy wants numbers also where nothing is limited. */
const ANY_BUCKET = { maxTokens: 1, tokensPerFill: 1, fillInterval: duration(1000) };
const off = (runtimeKey: string) => ({ defaultValue: false, runtimeKey });

/** What a filter does before anybody says something. */
const IDLE: Readonly<Record<DiscoveredFilter, { readonly type: string; readonly config: Packed }>> = {
  'weft.local_ratelimit': { type: HttpLocalRateLimitSchema.typeName, config: pack(HttpLocalRateLimitSchema, { statPrefix: 'weft' }) },
  'weft.connection_limit': {
    type: ConnectionLimitSchema.typeName,
    config: pack(ConnectionLimitSchema, { statPrefix: 'weft', maxConnections: 1n, runtimeEnabled: off('weft.connection_limit') }),
  },
  'weft.connection_rate': {
    type: NetworkLocalRateLimitSchema.typeName,
    config: pack(NetworkLocalRateLimitSchema, { statPrefix: 'weft', tokenBucket: ANY_BUCKET, runtimeEnabled: off('weft.connection_rate') }),
  },
};

/** In front of the application of a TCP port, in this order. */
export const NETWORK_FILTERS: readonly NetworkFilterName[] = ['weft.connection_limit', 'weft.connection_rate'];

/** Name of a filter at a place, and of its resource. */
export function extensionName(filter: DiscoveredFilter, place: string): string {
  return `${filter}/${place}`;
}

/** A filter of a listener that is told what it does. Without an answer the listener would not be served: it always gets one. */
export function discoveredFilter(filter: DiscoveredFilter, place: string) {
  return discoveredAs(extensionName(filter, place), IDLE[filter].type);
}

/** The same for a filter that is told one thing wherever it stands. */
export function discoveredAs(name: string, type: string) {
  const value = { configSource: adsSource(), typeUrls: [`type.googleapis.com/${type}`] };
  return { name, configType: { case: 'configDiscovery', value } } as const;
}

/** The same where routes share it: what it does may be one thing for some of them and another for others. */
export function sharedFilter(filter: DiscoveredFilter, place: string) {
  const typeUrls = [IDLE[filter].type, ExtensionWithMatcherSchema.typeName].map((type) => `type.googleapis.com/${type}`);
  return { name: extensionName(filter, place), configType: { case: 'configDiscovery', value: { configSource: adsSource(), typeUrls } } } as const;
}

/** Under what a route's metadata say with which others it counts. */
export const COUNTED = 'counted';

/** What a filter is told that routes share: for each of those that count together its own; nothing where nobody says something. */
export function sharedExtension(filter: DiscoveredFilter, place: string, routes: Iterable<readonly Contribution[]>): ExtensionInit {
  const said = new Map<string, Packed>();
  for (const contributions of routes)
    for (const { filter: which, among, config } of contributionsOf(contributions, 'extension'))
      if (which === filter && among !== undefined) said.set(among, config);
  const choices = [...said]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([among, typedConfig]) => ({ when: routeSays(COUNTED, among), filter: { name: filter, typedConfig } }));
  return { name: extensionName(filter, place), typedConfig: choices.length === 0 ? IDLE[filter].config : choosing(choices) };
}

export interface ExtensionInit {
  readonly name: string;
  readonly typedConfig: Packed;
}

/** What a filter is told at a place. */
export function extensionAt(filter: DiscoveredFilter, place: string, contributions: readonly Contribution[]): ExtensionInit {
  const said = contributionsOf(contributions, 'extension').find((each) => each.filter === filter);
  return { name: extensionName(filter, place), typedConfig: said?.config ?? IDLE[filter].config };
}

/** What a filter of this name is told where nobody says something; undefined for those that do nothing before they are told. */
export function idleAt(name: string): ExtensionInit | undefined {
  const found = Object.entries(IDLE).find(([filter]) => name.startsWith(`${filter}/`));
  return found === undefined ? undefined : { name, typedConfig: found[1].config };
}
