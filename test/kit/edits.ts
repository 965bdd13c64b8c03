// Random documents that are all right: every kind that decides about traffic (but extensions and patches, which have suites of their own), in shapes under which a request to `ledger` must succeed.
import { routeDocument } from './shop.ts';

export type Dice = (sides: number) => number;

type Spec = Readonly<Record<string, unknown>>;

const seconds = (dice: Dice, least: number, most: number): string => `${least + dice(most - least + 1)}s`;
const pick = <T>(dice: Dice, list: readonly [T, ...T[]]): T => list[dice(list.length)] ?? list[0];

/** Rules that always lead to a living backend, in random shape: order, names, matches, weights, headers, timeouts. */
export function randomRules(dice: Dice): unknown[] {
  const weight = dice(101);
  const split = [
    { name: 'ledger-v1', port: 80, weight },
    { name: 'ledger-v2', port: 80, weight: 100 - weight },
  ];
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'ledger-v2', port: 80 }, percent: dice(101) } };
  const mark = { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-edit', value: String(dice(1000)) }] } };
  const extra = Array.from({ length: dice(4) }, (_, n) => ({
    name: `extra-${n}`,
    matches: [{ path: { type: 'PathPrefix', value: `/x${dice(5)}` } }],
    filters: dice(3) === 0 ? [mark, mirror] : [mark],
    timeouts: { request: seconds(dice, 2, 9) },
    backendRefs: [{ name: pick(dice, ['ledger-v1', 'ledger']), port: 80 }],
  }));
  return [...extra, { name: 'rest', backendRefs: dice(3) === 0 ? [{ name: 'ledger-v2', port: 80 }] : split }];
}

/** A policy's spec, without its targets, by kind. */
const POLICY_SPECS: Readonly<Record<string, (dice: Dice) => Spec>> = {
  TimeoutPolicy: (dice) => ({ request: seconds(dice, 3, 20), ...(dice(2) === 0 ? { streamIdle: seconds(dice, 30, 300) } : {}) }),
  RetryPolicy: (dice) => ({ attempts: dice(5) }),
  LoadBalancingPolicy: (dice) =>
    pick<Spec>(dice, [
      { algorithm: 'RoundRobin', slowStart: { window: seconds(dice, 1, 20) } },
      { algorithm: 'LeastRequest', leastRequest: { choiceCount: 2 + dice(3) } },
      { algorithm: 'Random' },
      { algorithm: 'RingHash', hashOn: [{ header: 'x-user' }], ringHash: { minimumSize: 64 + dice(1000) } },
      { algorithm: 'Maglev', hashOn: [{ query: 'user' }] },
      { panicThresholdPercent: dice(51) },
    ]),
  CircuitBreakerPolicy: (dice) =>
    pick<Spec>(dice, [
      { limits: { connections: 1000 + dice(1000), requests: 1000 + dice(1000) } },
      { outlierDetection: { consecutive5xx: 5 + dice(20), maxEjectionPercent: dice(50), interval: seconds(dice, 1, 10) } },
      { limits: { pendingRequests: 1000 }, outlierDetection: { consecutiveLocalErrors: 3 + dice(9) } },
    ]),
  HealthCheckPolicy: (dice) =>
    pick<Spec>(dice, [
      { type: 'HTTP', http: { path: '/healthy' }, interval: seconds(dice, 1, 5), timeout: '1s' },
      { type: 'TCP', interval: seconds(dice, 1, 5) },
      { type: 'None' },
    ]),
  ConnectionPolicy: (dice) =>
    pick<Spec>(dice, [
      { connectTimeout: seconds(dice, 1, 5), idle: seconds(dice, 30, 300) },
      { maxAge: seconds(dice, 20, 60) },
      { maxRequestsPerConnection: 20 + dice(200) },
      { tcpKeepalive: { time: seconds(dice, 10, 60) } },
      { http2: { maxConcurrentStreams: 100 + dice(100) } },
    ]),
  RateLimitPolicy: (dice) => ({ scope: 'Proxy', limits: [{ name: 'plenty', requests: 100_000 + dice(1000), per: '1s' }] }),
  // For requests that nobody sends here: that it is there must not hurt the others.
  FaultPolicy: (dice) => ({
    until: '2099-01-01T00:00:00Z',
    faults: [{ name: 'tester', match: { headers: [{ name: 'x-tester' }] }, abort: { status: 500 + dice(4) } }],
  }),
};

export const POLICY_KINDS: readonly string[] = Object.keys(POLICY_SPECS);

const TARGETS: readonly [Spec, ...Spec[]] = [
  { kind: 'Service', name: 'ledger' },
  { kind: 'Service', name: 'ledger-v1' },
  { kind: 'Service', name: 'ledger', sectionName: 'http' },
  { kind: 'Namespace', name: 'shop' },
  { kind: 'Mesh', name: 'default' },
];

/** One of three documents of the kind, with a random target and spec. */
export function randomPolicy(dice: Dice, kind: string): { readonly kind: string; readonly metadata: { readonly name: string }; readonly spec: Spec } & Spec {
  const spec = POLICY_SPECS[kind]?.(dice) ?? {};
  const metadata = { name: `${kind.toLowerCase()}-${dice(3)}`, namespace: 'shop' };
  return { apiVersion: 'weft.dev/v1alpha1', kind, metadata, spec: { targetRefs: [pick(dice, TARGETS)], ...spec } };
}

export function randomRoute(dice: Dice): unknown {
  return routeDocument('ledger', 'ledger', randomRules(dice));
}
