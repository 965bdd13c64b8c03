import { expect, test } from 'vitest';
import type { TapRequest } from '../../../api/index.ts';
import { shape, TopTally } from './tally.ts';

const end = { workload: '', service: '', namespace: '', principal: '', address: '' };
const request = (path: string, status: number, durationUs: number): TapRequest =>
  ({
    kind: 'request',
    source: { ...end, principal: 'spiffe://example.mesh/ns/shop/sa/web' },
    destination: { ...end, service: 'shop/checkout' },
    method: 'GET',
    path,
    status,
    grpcStatus: '',
    durationUs,
  }) as TapRequest;

test('ids make no lines of their own', () => {
  expect(['/orders/17/items?x=1', '/a/9b2e4c1e-7f0a-4f0e-8b7e-0f6f0f6f0f6f', '/v1/health', '/'].map(shape)).toEqual([
    '/orders/{*}/items',
    '/a/{*}',
    '/v1/health',
    '/',
  ]);
});

test('who asks whom for what, how often, how it went', () => {
  const tally = new TopTally();
  for (const [path, status, us] of [
    ['/orders/1', 200, 300],
    ['/orders/2', 503, 900],
    ['/pay', 200, 100],
  ] as const)
    tally.add(request(path, status, us), false);
  expect(tally.lines(10)).toMatchObject([
    { source: 'shop/web', destination: 'shop/checkout', path: '/orders/{*}', count: 2, failures: 1, bestUs: 300, worstUs: 900 },
    { path: '/pay', count: 1, failures: 0 },
  ]);
  expect(tally.lines(1)).toHaveLength(1);
});

test('a scanner does not fill the memory', () => {
  const tally = new TopTally();
  for (let n = 0; n < 10_000; n++) tally.add(request(`/x-${n}`, 404, 1), true);
  for (let n = 0; n < 5; n++) tally.add(request('/busy', 200, 1), true);
  expect(tally.lines(5000).length).toBeLessThanOrEqual(2000);
  expect(tally.lines(1)).toMatchObject([{ path: '/busy', count: 5 }]);
});
