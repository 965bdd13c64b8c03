import { describe, expect, test } from 'vitest';
import type { SpanView } from '../../../../src/api/index.ts';
import { culpritOf, hopsOf, partsOf, ticksOf } from './hops.ts';

const EMPTY: SpanView = {
  id: '',
  parent: '',
  trace: 't',
  side: 'inbound',
  kind: 'server',
  service: '',
  namespace: 'shop',
  workload: 'shop/w',
  peer: '',
  name: 'GET /',
  startUs: 0,
  durationUs: 100,
  method: 'GET',
  host: '',
  path: '/',
  status: 200,
  grpcStatus: '',
  error: false,
  request: 'r',
  route: '',
  cluster: '',
  upstream: '',
  cause: '',
  reason: '',
  policy: '',
  flags: [],
  attempts: 1,
  proxyUs: -1,
  upstreamUs: -1,
  attributes: {},
};
const inbound = (id: string, parent: string, service: string, more: Partial<SpanView> = {}): SpanView => ({ ...EMPTY, id, parent, service, ...more });
const outbound = (id: string, parent: string, service: string, peer: string, more: Partial<SpanView> = {}): SpanView => ({
  ...EMPTY,
  id,
  parent,
  service,
  peer,
  side: 'outbound',
  kind: 'client',
  ...more,
});

describe('hops', () => {
  test('the two ends of a call are one line', () => {
    const tree = [
      inbound('a', '', 'shop/web'),
      outbound('b', 'a', 'shop/web', 'shop/cart', { startUs: 20 }),
      inbound('c', 'b', 'shop/cart', { inferred: { confidence: 0.9 }, status: 503, error: true }),
      outbound('d', 'a', 'shop/web', 'outside/bank', { startUs: 10 }),
    ];
    expect(hopsOf(tree).map(({ id, depth, service, error, confidence }) => [id, depth, service, error, confidence])).toEqual([
      ['a', 0, 'shop/web', false, undefined],
      ['d', 1, 'outside/bank', false, undefined],
      ['b', 1, 'shop/cart', true, 0.9],
    ]);
  });

  test('a call that was tried again shows each try; what lost its parent stands at the top; a circle ends', () => {
    const tree = [
      outbound('a', 'lost', 'shop/web', 'shop/cart'),
      inbound('b', 'a', 'shop/cart', { status: 503, error: true }),
      inbound('c', 'a', 'shop/cart', { startUs: 50 }),
      inbound('x', 'y', 'shop/x'),
      inbound('y', 'x', 'shop/y'),
    ];
    expect(hopsOf(tree).map(({ id, depth }) => [id, depth])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 1],
    ]);
  });

  test('what the time went to; another clock does not put the inside outside', () => {
    const call = (startUs: number) =>
      hopsOf([outbound('a', '', 'shop/web', 'shop/cart', { durationUs: 100 }), inbound('b', 'a', 'shop/cart', { startUs, durationUs: 60, upstreamUs: 40 })])[0];
    const [near, far] = [call(10), call(900)];
    if (near === undefined || far === undefined) throw new Error('no hop');
    expect(partsOf(near)).toEqual([
      { of: 'way', fromUs: 0, toUs: 100 },
      { of: 'proxy', fromUs: 10, toUs: 70 },
      { of: 'application', fromUs: 20, toUs: 60 },
    ]);
    expect(partsOf(far)[1]).toEqual({ of: 'proxy', fromUs: 20, toUs: 80 });
  });

  test('ticks are round', () => {
    expect(ticksOf(1234)).toEqual([0, 500, 1000]);
    expect(ticksOf(0)).toEqual([0]);
    expect(ticksOf(90_000)).toEqual([0, 20_000, 40_000, 60_000, 80_000]);
  });
});

test('a failure comes from the deepest hop that failed', () => {
  const hops = hopsOf([
    outbound('a', '', 'web', 'checkout', { error: true }),
    outbound('b', 'a', 'checkout', 'ledger'),
    outbound('c', 'a', 'checkout', 'payments', { error: true, startUs: 10 }),
  ]);
  expect(culpritOf(hops)?.id).toBe('c');
  expect(culpritOf(hops.filter(({ error }) => !error))).toBeUndefined();
});
