import { expect, test } from 'vitest';
import { openTestApi, serviceBody } from '../../../test/kit/manage-api.ts';
import type { FindingsView, ProxyView } from '../../api/index.ts';
import { diagnostic } from '../../model/index.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
const proxy = (namespace: string, name: string, more: Partial<ProxyView> = {}): ProxyView => ({
  id: `${namespace}/${name}`,
  namespace,
  name,
  role: 'sidecar',
  identity: '',
  connected: true,
  sync: 'in sync',
  envoyVersion: '1.40.0',
  configuredAt: NOW,
  scope: { services: 1, of: 1 },
  certificateNotAfter: NOW + 24 * HOUR,
  refusals: [],
  ...more,
});
const route = { kind: 'HTTPRoute', namespace: 'shop', name: 'checkout', path: 'spec.rules[0]', file: 'route.yaml', line: 9 };

function world() {
  let now = NOW;
  let proxies: readonly ProxyView[] = [];
  const clock = { now: () => now, monotonic: () => performance.now(), after: () => () => undefined };
  const opened = openTestApi({
    clock,
    ports: { proxies: () => proxies, diagnostics: async () => [diagnostic('WEFT1301', route, 'Service shop/gone does not exist')] },
  });
  return {
    opened,
    advance: (ms: number) => {
      now += ms;
    },
    set: (next: readonly ProxyView[]) => {
      proxies = next;
    },
  };
}

test('what is wrong, since when, and what to do next; gone when it is mended', async () => {
  const { opened, advance, set } = world();
  await using api = await opened;
  const ask = async (query = ''): Promise<FindingsView> => (await api.call('GET', `/weft/v1/findings${query}`)).body as unknown as FindingsView;
  set([
    proxy('shop', 'web-1', { sync: 'refused', refusals: [{ resource: 'routes x', documents: [route], words: 'missing ]', at: NOW - HOUR }] }),
    proxy('pay', 'ledger-1', { connected: false, sync: 'disconnected' }),
  ]);
  const first = await ask();
  expect(first.items.map(({ code, severity, words, since, next }) => [code, severity, words, since, next])).toEqual([
    ['WEFT1301', 'error', 'Service shop/gone does not exist', '2026-11-21T12:00:00.000Z', 'weft describe httproute checkout -n shop'],
    [
      'WEFT2371',
      'error',
      'shop/web-1 refuses route.yaml:9 HTTPRoute shop/checkout spec.rules[0]: envoy says "missing ]"',
      '2026-11-21T11:00:00.000Z',
      'weft proxies -n shop',
    ],
    ['WEFT2373', 'warning', 'pay/ledger-1 is not connected', '2026-11-21T12:00:00.000Z', 'weft proxies -n pay'],
  ]);
  advance(HOUR);
  const later = await ask();
  expect(later.items.map(({ id, since }) => [id, since])).toEqual(first.items.map(({ id, since }) => [id, since]));
  set([proxy('shop', 'web-1'), proxy('pay', 'ledger-1', { sync: 'pending' })]);
  const mended = await ask('?namespace=pay');
  expect(mended.items.map(({ code, since }) => [code, since])).toEqual([['WEFT2372', '2026-11-21T13:00:00.000Z']]);
  expect(mended.checks.filter(({ found }) => found > 0).map(({ id }) => id)).toEqual(['proxies-in-sync']);
  expect(mended.checks.find(({ id }) => id === 'root-lasts')?.skipped).toBe('this control plane has no authority');
});

test('a proxy whose certificate should have been renewed, and one that has ended', async () => {
  const { opened, set } = world();
  await using api = await opened;
  set([proxy('shop', 'a', { certificateNotAfter: NOW + 600_000 }), proxy('shop', 'b', { certificateNotAfter: NOW - 1 }), proxy('shop', 'c')]);
  const { items } = (await api.call('GET', '/weft/v1/findings')).body as unknown as FindingsView;
  expect(items.filter(({ check }) => check === 'leaves-renewed').map(({ severity, words }) => [severity, words])).toEqual([
    ['error', 'the certificate of shop/b has ended'],
    ['warning', 'the certificate of shop/a ends in 10 minutes'],
  ]);
});

test('an answer is never older than its question', async () => {
  let release = (): void => undefined;
  let proxies: readonly ProxyView[] = [];
  let asked = 0;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const diagnostics = async () => {
    if (asked++ === 0) await gate;
    return [];
  };
  await using api = await openTestApi({ ports: { diagnostics, proxies: () => proxies } });
  const early = api.call('GET', '/weft/v1/findings');
  await expect.poll(() => asked).toBe(1);
  proxies = [proxy('shop', 'web-1', { connected: false })];
  const late = [api.call('GET', '/weft/v1/findings'), api.call('GET', '/weft/v1/findings')];
  release();
  await early;
  for (const reply of await Promise.all(late)) expect((reply.body as unknown as FindingsView).items).toHaveLength(1);
  expect(asked).toBeLessThanOrEqual(3);
  expect((await api.call('POST', '/weft/v1/apply', { body: { documents: [serviceBody('web')] } })).status).toBe(200);
});
