// What a tap shows, what it counts, and what becomes of who does not read.
import { describe, expect, test } from 'vitest';
import type { TapLine, TapRequest } from '../api/index.ts';
import { matches, type TapMatch, type TapRole } from './tap-match.ts';
import { TapStream } from './tap-stream.ts';

const END = { workload: '', service: '', namespace: '', principal: '', address: '' };
const ID = 'spiffe://m/ns/shop/sa/web';

const event = (more: Partial<TapRequest> = {}): TapRequest => ({
  kind: 'request',
  request: 'r',
  at: '2026-01-01T00:00:00.000Z',
  side: 'inbound',
  proxy: 'shop/checkout-1',
  source: { ...END, principal: ID },
  destination: { ...END, workload: 'shop/checkout-1', service: 'shop/checkout' },
  port: 80,
  secured: true,
  method: 'GET',
  scheme: 'http',
  authority: 'checkout.shop.mesh',
  path: '/pay?a=…',
  status: 200,
  grpcStatus: '',
  flags: [],
  cause: '',
  reason: '',
  policy: '',
  route: '',
  durationUs: 5,
  upstreamUs: 3,
  requestBytes: 1,
  responseBytes: 1,
  retries: 0,
  ...more,
});

const SERVICE: TapMatch = { service: 'shop/checkout', headers: false, maxRps: 10 };
const SERVES: TapRole = { serves: true, calls: false };
const CALLS: TapRole = { serves: false, calls: true };
const outbound = (more: Partial<TapRequest> = {}) =>
  event({ side: 'outbound', source: { ...END, workload: 'shop/web-1', principal: ID }, destination: { ...END, service: 'shop/checkout' }, ...more });

describe('a service', () => {
  test('what arrives where it is served, what leaves where it is called, and failures of everybody', () => {
    expect(matches(SERVICE, SERVES, event())).toBe(true);
    expect(matches(SERVICE, CALLS, event())).toBe(false);
    expect(matches(SERVICE, undefined, event({ status: 503 }))).toBe(false);
    expect(matches(SERVICE, CALLS, outbound())).toBe(true);
    expect(matches(SERVICE, SERVES, outbound())).toBe(false);
    expect(matches(SERVICE, undefined, outbound())).toBe(false);
    expect(matches(SERVICE, undefined, outbound({ status: 0, flags: ['UF'] }))).toBe(true);
    expect(matches(SERVICE, CALLS, outbound({ destination: { ...END, service: 'shop/other' } }))).toBe(false);
  });

  test('its caller, by workload where its own proxy tells and by account where another does', () => {
    const from = { ...SERVICE, from: { workloads: ['shop/web-1'], accounts: ['shop/web'] } };
    expect(matches(from, SERVES, event())).toBe(true);
    expect(matches(from, CALLS, outbound())).toBe(true);
    expect(matches(from, SERVES, event({ source: { ...END, principal: 'spiffe://m/ns/shop/sa/webx' } }))).toBe(false);
    expect(matches(from, SERVES, event({ source: END }))).toBe(false);
  });
});

test('every filter leaves out what it does not fit', () => {
  const narrow = {
    ...SERVICE,
    side: 'inbound',
    path: '/pay',
    method: 'GET',
    scheme: 'http',
    authority: 'checkout',
    status: '2xx',
    to: 'shop/checkout',
  } as const;
  expect(matches(narrow, SERVES, event())).toBe(true);
  for (const other of [{ path: '/' }, { method: 'POST' }, { scheme: 'https' }, { authority: 'x' }, { status: 302 }, { status: 20 }])
    expect([other, matches(narrow, SERVES, event(other))]).toEqual([other, false]);
  expect(matches({ ...SERVICE, status: '404' }, SERVES, event({ status: 404 }))).toBe(true);
});

test('a namespace: its own proxies, and failures of others that call into it', () => {
  const all: TapMatch = { namespace: 'shop', headers: false, maxRps: 10 };
  expect(matches(all, { serves: true, calls: true }, outbound({ destination: END }))).toBe(true);
  expect(matches(all, undefined, outbound({ status: 503 }))).toBe(true);
  expect(matches(all, undefined, outbound({ status: 503, destination: { ...END, service: 'shopping/x' } }))).toBe(false);
  expect(matches(all, undefined, outbound())).toBe(false);
});

describe('a stream', () => {
  const collect = async (stream: TapStream, count: number): Promise<readonly TapLine[]> => {
    const lines: TapLine[] = [];
    for (let n = 0; n < count; n++) {
      const next = await stream.next();
      if (next.done !== true) lines.push(next.value);
    }
    return lines;
  };

  test('who reads too slowly is told how much is missing', async () => {
    const stream = new TapStream(
      () => 0,
      () => {},
    );
    for (let n = 0; n < 5000; n++) stream.push(event());
    expect((await collect(stream, 4000)).length).toBe(4000);
    stream.tell();
    expect(await collect(stream, 1)).toEqual([{ kind: 'dropped', count: 1000, why: 'slow-reader' }]);
  });

  test('who reads nothing for 30 s is let go, who has nothing to read is not', async () => {
    let now = 0;
    const stream = new TapStream(
      () => now,
      () => {},
    );
    now = 60_000;
    expect(stream.tell()).toBe(true);
    stream.push(event());
    expect(stream.tell()).toBe(false);
    await stream.next();
    stream.push(event());
    expect(stream.tell()).toBe(true);
  });

  test('it ends once, and says why', async () => {
    let closed = 0;
    const stream = new TapStream(
      () => 0,
      () => void closed++,
    );
    const waiting = stream.next();
    stream.end('the control plane ends');
    stream.end();
    expect(await waiting).toEqual({ done: false, value: { kind: 'ended', why: 'the control plane ends' } });
    expect([(await stream.next()).done, closed]).toEqual([true, 1]);
  });
});
