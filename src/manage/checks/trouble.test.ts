import { expect, test } from 'vitest';
import { openTestApi, ROUTES, routeBody, SERVICES, serviceBody } from '../../../test/kit/manage-api.ts';
import type { ChangeView, EdgeView, FindingsView, SeriesView, UseView } from '../../api/index.ts';
import { refusalsIn } from './refusals.ts';
import { behind, blamed, failing, firstBad, isBad, leadsTo, onsetOf, shareFrom } from './trouble.ts';

const MINUTE = 60_000;
const end = (namespace: string, workload: string) => ({ workload, namespace, service: workload, version: 'v1', principal: '' });
const edge = (requests: number, failures: number): EdgeView =>
  ({ source: end('shop', 'web'), destination: { ...end('shop', 'checkout'), called: 'shop/checkout' }, requests, failures }) as EdgeView;
const series = (at: number, failures: readonly number[]): SeriesView =>
  ({
    times: failures.map((_, n) => at + n * MINUTE),
    stepMs: MINUTE,
    lines: [{ name: 'shop/web', requests: failures.map(() => 100), failures }],
  }) as unknown as SeriesView;

test('few requests, or few failures, are no trouble', () => {
  expect(failing([edge(10, 10), edge(100, 4), edge(100, 6), edge(100, 60)]).map(({ failures }) => failures)).toEqual([60, 6]);
});

test('a rise begins with the latest run of bad steps; steps without requests do not count', () => {
  expect(onsetOf(series(0, [50, 0, 1, 9, 0, 20, 30]), 'shop/web')).toBe(5 * MINUTE);
  expect(onsetOf(series(0, [0, 0]), 'shop/web')).toBeUndefined();
  const { times } = series(0, [9, 9, 9]);
  expect(onsetOf({ times, lines: [{ ...series(0, []).lines[0], name: 'shop/web', requests: [10, 0, 10], failures: [9, 0, 9] } as never] }, 'shop/web')).toBe(0);
});

test('in its minute, it began with the first bad step', () => {
  expect(firstBad(series(0, [0, 2, 9, 0, 20]), 'shop/web')).toBe(2 * MINUTE);
  expect(firstBad(series(0, [0, 2]), 'shop/web')).toBeUndefined();
});

test('a change is named when it is the last that leads there, and not too long before', () => {
  const change = (minutes: number, name = 'web'): ChangeView => ({ at: new Date(minutes * MINUTE).toISOString(), what: { name } }) as ChangeView;
  const at = { since: 10 * MINUTE, stepMs: MINUTE, leads: ({ what }: ChangeView) => what.name === 'web' };
  expect(blamed([change(12), change(10.5, 'other'), change(9), change(8.5)], at)).toEqual(change(9));
  expect(blamed([change(12), change(7.9)], at)).toBeUndefined();
  const ready = { ...change(9.5), what: { kind: 'Workload', name: 'web' }, verb: 'update' } as ChangeView;
  expect(blamed([ready, change(9)], at)).toEqual(change(9));
  expect(blamed([ready], at)).toBe(ready);
});

test('what fails further on is behind it, and what goes well is not', () => {
  const call = (from: string, to: string, failures: number): EdgeView =>
    ({ source: end('shop', from), destination: { ...end('shop', to), called: `shop/${to}` }, requests: 100, failures }) as EdgeView;
  const edges = [
    call('web', 'checkout', 40),
    call('checkout', 'payments', 20),
    call('checkout', 'stock', 0),
    call('payments', 'bank', 50),
    call('bank', 'checkout', 9),
  ];
  const [first] = edges;
  expect(first && behind(first, edges, isBad)).toEqual(['shop/payments', 'shop/bank', 'shop/checkout']);
});

test('an outage of the last minute is none of five minutes', () => {
  expect(shareFrom(series(0, [0, 0, 0, 80, 100]), 'shop/web', 3 * MINUTE)).toBe(0.9);
  expect(shareFrom(series(0, [0]), 'shop/web', MINUTE)).toBe(0);
});

test('refusals of one caller by one policy are one, and a few are none', () => {
  const use = (source: string, count: number, more: Partial<UseView> = {}): UseView =>
    ({
      outcome: 'denied',
      source,
      service: 'shop/stock',
      policy: 'shop/strict',
      method: 'GET',
      path: '/stock',
      count,
      first: '2026-11-21T11:30:00Z',
      ...more,
    }) as UseView;
  const web = 'spiffe://m/ns/shop/sa/web';
  const found = refusalsIn([
    use(web, 15),
    use(web, 30, { path: '/all', first: '2026-11-21T11:20:00Z' }),
    use('x', 19),
    use('', 99),
    use(web, 99, { outcome: 'passed' }),
  ]);
  expect(found).toEqual([
    { source: web, service: 'shop/stock', policy: 'shop/strict', count: 45, since: Date.parse('2026-11-21T11:20:00Z'), example: 'GET /all' },
  ]);
});

test('what leads to a service', () => {
  const document = (kind: string, namespace: string, spec: object) => ({
    kind,
    metadata: { namespace, name: 'x', labels: {}, annotations: {} },
    spec: { ...spec },
  });
  const says = (kind: string, namespace: string, spec: object): boolean => leadsTo(document(kind, namespace, spec), 'shop/checkout' as never, undefined);
  expect(says('HTTPRoute', 'shop', { rules: [{ backendRefs: [{ name: 'checkout' }] }] })).toBe(true);
  expect(says('HTTPRoute', 'pay', { parentRefs: [{ name: 'checkout', namespace: 'shop' }] })).toBe(true);
  expect(says('HTTPRoute', 'pay', { parentRefs: [{ name: 'checkout' }] })).toBe(false);
  expect(says('TimeoutPolicy', 'shop', { targetRefs: [{ kind: 'Namespace', name: 'shop' }] })).toBe(true);
  expect(says('TimeoutPolicy', 'shop', { targetRefs: [{ kind: 'Service', name: 'ledger' }] })).toBe(false);
  expect(says('Mesh', '', {})).toBe(true);
});

test('the finding says since when and right after which change', async () => {
  let began = 0;
  const metrics = {
    edges: async () => ({ items: [edge(100, 14)], more: 0 }),
    series: async ({ stepMs }: { stepMs: number }) => (stepMs === MINUTE ? series(began - 5 * MINUTE, [0, 0, 0, 0, 0, 14]) : series(began, [14])),
    kept: async () => ({ lost: {}, undelivered: { logs: 0, spans: 0, proxies: [] } }),
  };
  await using api = await openTestApi({ ports: { metrics: metrics as never } });
  await api.call('POST', SERVICES, { body: serviceBody('other') });
  await api.call('POST', ROUTES, { body: routeBody('checkout') });
  began = Date.now();
  const { items } = (await api.call('GET', '/weft/v1/findings')).body as unknown as FindingsView;
  expect(items).toEqual([
    expect.objectContaining({
      code: 'WEFT2382',
      severity: 'warning',
      words: 'shop/web → shop/checkout: 14 % errors (14 of 100 calls in 5m)',
      since: new Date(began).toISOString(),
      after: expect.objectContaining({ what: { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop', name: 'checkout' } }),
    }),
  ]);
});
