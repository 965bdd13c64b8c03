// Mistakes in policies about balancing, breaking, checks and connections: each with its code and its place.
import { describe, expect, test } from 'vitest';
import { documentsOf } from '../../test/kit/compiled.ts';

function said(kind: string, spec: Readonly<Record<string, unknown>>): readonly string[] {
  const targetRefs = [{ kind: 'Service', name: 'checkout' }];
  const text = JSON.stringify({ apiVersion: 'weft.dev/v1alpha1', kind, metadata: { name: 'p', namespace: 'shop' }, spec: { targetRefs, ...spec } });
  return documentsOf(text).diagnostics.map(({ code, at }) => `${code} ${at.path}`);
}

const MISTAKES: readonly (readonly [words: string, kind: string, spec: Readonly<Record<string, unknown>>, expected: string])[] = [
  ['nothing', 'LoadBalancingPolicy', {}, 'WEFT1802 spec'],
  ['no target', 'HealthCheckPolicy', { targetRefs: [], type: 'HTTP' }, 'WEFT1801 spec'],
  ['a table that is not prime', 'LoadBalancingPolicy', { algorithm: 'Maglev', maglev: { tableSize: 1000 } }, 'WEFT1848 spec.maglev.tableSize'],
  ['a ring larger than its maximum', 'LoadBalancingPolicy', { ringHash: { minimumSize: 9, maximumSize: 8 } }, 'WEFT1847 spec.ringHash.maximumSize'],
  ['fields of another algorithm', 'LoadBalancingPolicy', { algorithm: 'Random', hashOn: [{ header: 'x' }] }, 'WEFT1806 spec.hashOn'],
  ['no key', 'LoadBalancingPolicy', { algorithm: 'RingHash', hashOn: [] }, 'WEFT1846 spec.hashOn'],
  ['a bound below the average', 'LoadBalancingPolicy', { boundedLoadPercent: 50 }, 'WEFT1849 spec.boundedLoadPercent'],
  [
    'two lists for a zone',
    'LoadBalancingPolicy',
    {
      locality: {
        failover: [
          { from: 'a', to: ['b'] },
          { from: 'a', to: ['c'] },
        ],
      },
    },
    'WEFT1850 spec.locality.failover[1].from',
  ],
  ['a zone for itself', 'LoadBalancingPolicy', { locality: { failover: [{ from: 'a', to: ['a'] }] } }, 'WEFT1851 spec.locality.failover[0].to[0]'],
  ['places that do not matter', 'LoadBalancingPolicy', { locality: { mode: 'None', nearest: 'Node' } }, 'WEFT1806 spec.locality'],
  [
    'longest ejection shorter than the first',
    'CircuitBreakerPolicy',
    { outlierDetection: { baseEjectionTime: '10s', maxEjectionTime: '5s' } },
    'WEFT1840 spec.outlierDetection.maxEjectionTime',
  ],
  ['nothing ever ejected', 'CircuitBreakerPolicy', { outlierDetection: { maxEjectionPercent: 0 } }, 'WEFT1841 spec.outlierDetection.maxEjectionPercent'],
  ['limits for workloads that are called', 'CircuitBreakerPolicy', { selector: { app: 'x' }, limits: { requests: 1 } }, 'WEFT1806 spec.limits'],
  ['keep-alive of half a second', 'ConnectionPolicy', { tcpKeepalive: { time: '500ms' } }, 'WEFT1842 spec.tcpKeepalive.time'],
  ['a ping longer than its interval', 'ConnectionPolicy', { http2: { ping: { interval: '1s', timeout: '2s' } } }, 'WEFT1843 spec.http2.ping.timeout'],
  ['statuses backwards', 'HealthCheckPolicy', { http: { expectedStatuses: ['299-200'] } }, 'WEFT1844 spec.http.expectedStatuses[0]'],
  ['a check longer than its interval', 'HealthCheckPolicy', { interval: '1s', timeout: '2s' }, 'WEFT1845 spec.timeout'],
  ['fields of another check', 'HealthCheckPolicy', { type: 'TCP', http: { path: '/' } }, 'WEFT1806 spec.http'],
];

describe('mistakes', () => {
  test.each(MISTAKES)('%s', (_words, kind, spec, expected) => {
    expect(said(kind, spec)).toEqual([expected]);
  });

  test('a key that is two, and one that is none', () => {
    expect(said('LoadBalancingPolicy', { hashOn: [{ header: 'x', query: 'y' }] })).toHaveLength(1);
    expect(said('LoadBalancingPolicy', { hashOn: [{ terminal: true }] })).toHaveLength(1);
  });

  test('what is right is not complained of', () => {
    expect(said('LoadBalancingPolicy', { algorithm: 'Maglev', hashOn: [{ source: true }], maglev: { tableSize: 1009 } })).toEqual([]);
    expect(said('CircuitBreakerPolicy', { selector: { app: 'x' }, targetRefs: [], inbound: { requests: 5 }, shedding: { adaptiveConcurrency: true } })).toEqual(
      [],
    );
  });
});
