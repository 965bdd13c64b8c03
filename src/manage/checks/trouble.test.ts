import { expect, test } from 'vitest';
import { openTestApi, ROUTES, routeBody, SERVICES, serviceBody } from '../../../test/kit/manage-api.ts';
import type { ChangeView, EdgeView, FindingsView, SeriesView, UseView } from '../../api/index.ts';
import { callsOf } from './calls.ts';
import { refusalsIn } from './refusals.ts';
import { slowed, slowStep } from './slow.ts';
import { badStep, behind, blamed, failing, firstOf, isBad, leadsTo, runOf, shareFrom, sourcesOf } from './trouble.ts';

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

const onsetOf = (given: Pick<SeriesView, 'times' | 'lines'>, ...callers: readonly string[]) => runOf(given.times, badStep(given, callers));
const firstBad = (given: Pick<SeriesView, 'times' | 'lines'>, ...callers: readonly string[]) => firstOf(given.times, badStep(given, callers));

test('few requests, or few failures, are no trouble', () => {
  const to = (name: string, each: EdgeView): EdgeView => ({ ...each, destination: { ...each.destination, called: name } });
  const edges = [to('a', edge(10, 10)), to('b', edge(100, 4)), to('c', edge(100, 6)), to('d', edge(100, 60))];
  expect(failing(edges).map(({ failures }) => failures)).toEqual([60, 6]);
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

test('a caller is one, whatever its versions and however it is secured; of a service that is bad in one version alone, that is told', () => {
  const from = (version: string, requests: number, failures: number, more: object = {}): EdgeView => {
    const made = edge(requests, failures);
    return { ...made, ...more, source: { ...made.source, workload: `web-${version}`, version } };
  };
  const whole = failing([from('v1', 900, 0), from('v2', 100, 0), from('v1', 90, 90, { security: 'unknown' })]);
  expect(whole.map(({ source, requests, failures, callers, only }) => [source.workload, requests, failures, callers, only])).toEqual([
    ['web', 1090, 90, ['shop/web-v1', 'shop/web-v2'], ''],
  ]);
  const { destination, ...rest } = edge(40, 40);
  expect(failing([edge(960, 0), { ...rest, destination: { ...destination, version: 'v2' } }]).map(({ requests, only }) => [requests, only])).toEqual([
    [40, 'v2'],
  ]);
});

test('slow is what takes twice as long as it used to, and not a little longer, and never what nobody knows of', () => {
  const call = (name: string, p50Ms: number, requests = 100) => {
    const made = edge(requests, 0);
    return { ...made, p50Ms, protocol: 'http' as const, destination: { ...made.destination, called: name } };
  };
  const before = callsOf([call('a', 3), call('b', 3), call('c', 100), call('d', 100), call('e', 3, 10)]);
  const now = callsOf([call('a', 104), call('b', 20), call('c', 199), call('d', 900), call('e', 104), call('new', 900)]);
  const found = slowed(now, before);
  expect(found.map(({ call: { destination }, nowMs, usualMs }) => [destination.called, nowMs, usualMs])).toEqual([
    ['d', 900, 100],
    ['a', 104, 3],
  ]);
  const lines = [{ name: 'shop/web', requests: [9, 9, 0, 9], p50Ms: [3, 80, null, 110] }] as unknown as SeriesView['lines'];
  expect(found[1] && runOf([0, 1, 2, 3], slowStep({ lines }, found[1]))).toBe(1);
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
  const straight = edges.slice(0, 4);
  expect(first && [behind(first, straight, isBad), sourcesOf(first, straight, isBad)]).toEqual([['shop/payments', 'shop/bank'], ['shop/bank']]);
});

test('an outage of the last minute is none of five minutes', () => {
  expect(shareFrom(series(0, [0, 0, 0, 80, 100]), ['shop/web'], 3 * MINUTE)).toBe(0.9);
  expect(shareFrom(series(0, [0]), ['shop/web'], MINUTE)).toBe(0);
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
