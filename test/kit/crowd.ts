// Answers of a mesh that is larger than a test can raise: so many services of one namespace that call each other.
import type { EdgesView, EdgeView, StatView } from '../../src/api/index.ts';

const END = { workload: 'w', version: 'v1', principal: 'spiffe://example.mesh/ns/shop/sa/w' };

function golden(rps: number): Omit<EdgeView, 'source' | 'destination' | 'protocol' | 'security'> {
  const requests = rps * 900;
  const codes = { '1xx': 0, '2xx': requests, '3xx': 0, '4xx': 0, '5xx': 0, none: 0 };
  const bytes = { receivedBytesPerSecond: rps * 900, sentBytesPerSecond: rps * 5000 };
  const latency = { p50Ms: 4, p90Ms: 20, p95Ms: 30, p99Ms: 60, meanMs: 8 };
  return { requests, rps, failures: 0, successRate: 1, byMesh: 0, codes, ...latency, ...bytes, opened: 0, closed: 0 };
}

const name = (n: number): string => `service-${n}`;

/** Every service is called by one before it; the same for the same number. */
export function crowd(services: number): { readonly edges: EdgesView; readonly stat: StatView } {
  const spanned = { since: new Date(0).toISOString(), until: new Date(900_000).toISOString(), resolutionMs: 10_000, source: 'store' } as const;
  const callees = Array.from({ length: services - 1 }, (_, at) => at + 1);
  const items = callees.map((n): EdgeView => {
    const source = { ...END, namespace: 'shop', service: name(Math.floor(n / 3)) };
    const destination = { ...END, namespace: 'shop', service: name(n), called: `shop/${name(n)}` };
    return { ...golden(1 + (n % 40)), source, destination, protocol: 'http', security: 'mutual_tls' };
  });
  const stat = callees.map((n) => ({ ...golden(1 + (n % 40)), service: `shop/${name(n)}`, namespace: 'shop', protocols: ['http'] as const, secured: 1 }));
  return { edges: { ...spanned, items, more: 0 }, stat: { ...spanned, items: stat } };
}
