import {
  ClientSideWeightedRoundRobinSchema,
  duration,
  extension,
  type Init,
  LeastRequestSchema,
  type LoadBalancingPolicySchema,
  MaglevSchema,
  RandomSchema,
  RingHash_HashFunction,
  RingHashSchema,
  RoundRobinSchema,
  type RouteAction_HashPolicySchema,
} from '../../envoy/index.ts';
import { parseDuration } from '../../model/index.ts';
import type { Reader } from '../read.ts';
import type { HashKey } from './schema.ts';

type HashPolicy = Init<typeof RouteAction_HashPolicySchema>;

/** Where the filter `weft.caller` writes which workload calls (compile/order.ts). */
export const CALLER_KEY = 'weft.caller';

/**
 * Keys stand in the cluster, not on routes: so they hold for every route that leads there, also in a split, and for TCP. A cookie that
 * is not there yet is set when it has a ttl, 0s for one that lasts as long as the browser.
 */
function hashPolicies(keys: readonly HashKey[]): readonly HashPolicy[] {
  return keys.flatMap(({ header, cookie, query, source, terminal = false }): readonly HashPolicy[] => {
    if (header !== undefined) return [{ policySpecifier: { case: 'header', value: { headerName: header } }, terminal }];
    if (cookie !== undefined) {
      const ttl = cookie.ttl === undefined ? {} : { ttl: duration(parseDuration(cookie.ttl) ?? 0) };
      return [{ policySpecifier: { case: 'cookie', value: { name: cookie.name, path: cookie.path ?? '', ...ttl } }, terminal }];
    }
    if (query !== undefined) return [{ policySpecifier: { case: 'queryParameter', value: { name: query } }, terminal }];
    if (source !== true) return [];
    // A sidecar knows its one caller by name; its address is loopback for everybody. At a gateway nobody is named.
    return [
      { policySpecifier: { case: 'filterState', value: { key: CALLER_KEY } }, terminal: true },
      { policySpecifier: { case: 'connectionProperties', value: { sourceIp: true } }, terminal },
    ];
  });
}

function hashing(read: Reader) {
  const bound = read.number('boundedLoadPercent') ?? 0;
  return { ...(bound === 0 ? {} : { hashBalanceFactor: bound }), hashPolicy: [...hashPolicies(read.list<HashKey>('hashOn'))] };
}

function slowStart(read: Reader) {
  const window = read.ms('slowStart.window') ?? 0;
  if (window === 0) return {};
  return {
    slowStartConfig: {
      slowStartWindow: duration(window),
      aggression: { defaultValue: read.number('slowStart.aggression') ?? 1, runtimeKey: 'weft.slow_start_aggression' },
      minWeightPercent: { value: read.number('slowStart.minimumWeightPercent') ?? 10 },
    },
  };
}

type Policies = NonNullable<Init<typeof LoadBalancingPolicySchema>['policies']>;
type Extension = NonNullable<Policies[number]['typedExtensionConfig']>;

const BUILDERS: Readonly<Record<string, (read: Reader) => Extension>> = {
  LeastRequest: (read) =>
    extension('envoy.load_balancing_policies.least_request', LeastRequestSchema, {
      choiceCount: read.number('leastRequest.choiceCount') ?? 2,
      activeRequestBias: { defaultValue: read.number('leastRequest.activeRequestBias') ?? 1, runtimeKey: 'weft.least_request_bias' },
      ...slowStart(read),
    }),
  RoundRobin: (read) => extension('envoy.load_balancing_policies.round_robin', RoundRobinSchema, slowStart(read)),
  Random: () => extension('envoy.load_balancing_policies.random', RandomSchema, {}),
  RingHash: (read) =>
    extension('envoy.load_balancing_policies.ring_hash', RingHashSchema, {
      hashFunction: read.text('ringHash.function') === 'MurmurHash2' ? RingHash_HashFunction.MURMUR_HASH_2 : RingHash_HashFunction.XX_HASH,
      minimumRingSize: BigInt(read.number('ringHash.minimumSize') ?? 1024),
      maximumRingSize: BigInt(Math.max(read.number('ringHash.maximumSize') ?? 0, read.number('ringHash.minimumSize') ?? 0)),
      consistentHashingLbConfig: hashing(read),
    }),
  Maglev: (read) =>
    extension('envoy.load_balancing_policies.maglev', MaglevSchema, {
      tableSize: BigInt(read.number('maglev.tableSize') ?? 65_537),
      consistentHashingLbConfig: hashing(read),
    }),
  ClientSideWeighted: (read) =>
    extension('envoy.load_balancing_policies.client_side_weighted_round_robin', ClientSideWeightedRoundRobinSchema, {
      enableOobLoadReport: false,
      blackoutPeriod: duration(read.ms('clientSideWeighted.blackoutPeriod') ?? 0),
      weightExpirationPeriod: duration(read.ms('clientSideWeighted.weightExpiration') ?? 0),
      weightUpdatePeriod: duration(read.ms('clientSideWeighted.updatePeriod') ?? 0),
      errorUtilizationPenalty: read.number('clientSideWeighted.errorPenalty') ?? 1,
      metricNamesForComputingUtilization: [...read.list<string>('clientSideWeighted.metrics')],
      ...slowStart(read),
    }),
};

/** Envoy's policy for the algorithm that holds. */
export function algorithmOf(read: Reader): Init<typeof LoadBalancingPolicySchema> {
  const build = BUILDERS[read.text('algorithm')] ?? BUILDERS['LeastRequest'];
  return { policies: build === undefined ? [] : [{ typedExtensionConfig: build(read) }] };
}

/** Whether requests are told apart by who calls: then the filter that writes it down is needed. */
export function hashesOnSource(read: Reader): boolean {
  const algorithm = read.text('algorithm');
  return (algorithm === 'RingHash' || algorithm === 'Maglev') && read.list<HashKey>('hashOn').some((key) => key.source === true);
}
