import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { exported, spanId, type TestSpan, traceId } from '../../../test/kit/spans.ts';
import type { Sender } from '../sender.ts';
import { nameOfPush } from './pushes.ts';
import { SpanKeeper } from './span-keeper.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const NOW = Date.parse('2026-11-21T12:00:00.000Z');

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'weft-spans-'));
  folders.push(made);
  return made;
}

interface World {
  now: number;
  readonly keeper: SpanKeeper;
}

function open(
  more: {
    readonly budgetBytes?: number;
    readonly keepMs?: number;
    readonly directory?: string;
    readonly perProxy?: { readonly perSecond: number; readonly burst: number };
  } = {},
): World {
  const world = { now: NOW };
  const limits = { budgetBytes: 64 * 1024 * 1024, keepMs: 86_400_000, settleMs: 1000, ...more };
  return Object.assign(world, { keeper: new SpanKeeper({ directory: folder(), ...limits, now: () => world.now }) });
}

const sender = (name: string): Sender => ({
  proxy: `shop/${name}-1`,
  identity: `spiffe://m/ns/shop/sa/${name}`,
  service: `shop/${name}`,
  ports: {},
  revision: 1,
});

/** web → cart, told by headers. */
const told = (keeper: SpanKeeper): void => {
  const request = '0b6c9d9e-0001-4000-8000-000000000000';
  keeper.take(
    sender('web'),
    exported([{ trace: 't', id: 'out', side: 'outbound', startMs: NOW, ms: 30, request, url: 'http://cart.shop.mesh/cart/77?card=zebra' }]),
  );
  const said = { reason: 'authz-denied; policy=shop/strict; request=0b6c', upstreamUs: '18000', upstream: '127.0.0.1:8080' };
  keeper.take(
    sender('cart'),
    exported([
      { trace: 't', id: 'in', parent: 'out', side: 'inbound', startMs: NOW + 5, ms: 20, status: 503, request, said, url: 'http://cart.shop.mesh/cart/77' },
    ]),
  );
};

test('a trace is a tree, with the share of proxies, causes and policies; values of queries are gone', () => {
  const { keeper } = open();
  told(keeper);
  const view = keeper.trace(traceId('t'));
  expect(view?.tree.map(({ id, parent, service, side }) => [id, parent, service, side])).toEqual([
    [spanId('out'), '', 'shop/web', 'outbound'],
    [spanId('in'), spanId('out'), 'shop/cart', 'inbound'],
  ]);
  expect(view?.tree[1]).toMatchObject({ cause: 'authz-denied', policy: 'shop/strict', proxyUs: 2000, upstreamUs: 18_000, error: true, name: 'GET /cart/{*}' });
  expect(view).toMatchObject({ durationUs: 30_000, services: ['shop/cart', 'shop/web'], error: true, inferred: 0, confidence: 1, orphans: 0 });
  expect(JSON.stringify(view)).not.toContain('zebra');
});

test('traces are found by service, status, duration, path, time, request; by the beginning of an id', () => {
  const { keeper } = open();
  told(keeper);
  const found = (query: object): number => keeper.find({ limit: 10, ...query }).items.length;
  expect([found({}), found({ service: 'shop/cart' }), found({ service: 'shop/other' }), found({ status: '5xx' }), found({ status: '404' })]).toEqual([
    1, 1, 0, 1, 0,
  ]);
  expect([found({ minMs: 29 }), found({ minMs: 31 }), found({ maxMs: 29 }), found({ path: '/cart' }), found({ path: '/x' })]).toEqual([1, 0, 0, 1, 0]);
  expect([found({ since: NOW - 1 }), found({ since: NOW + 6 }), found({ until: NOW - 1 }), found({ request: '0b6c9d' }), found({ error: false })]).toEqual([
    1, 0, 0, 1, 0,
  ]);
  expect([keeper.trace(traceId('t').slice(0, 8))?.id, keeper.trace('0b6c9d9e')?.id, keeper.trace('ffffffff')]).toEqual([traceId('t'), traceId('t'), undefined]);
});

test('a trace is settling until all proxies have had the time to tell of it', () => {
  const world = open();
  const settling = (): unknown => [world.keeper.trace(traceId('t'))?.settling, world.keeper.find({ limit: 10 }).items[0]?.settling];
  told(world.keeper);
  world.now = NOW + 30 + 5999;
  expect(settling()).toEqual([true, true]);
  world.now++;
  expect(settling()).toEqual([false, false]);
});

/** web asks cart, cart asks stock without passing anything on. */
function silent(world: World, times: number): void {
  for (let n = 0; n < times; n++) {
    const at = NOW + n * 200;
    const spans: readonly (readonly [string, TestSpan])[] = [
      ['web', { trace: `a${n}`, id: `o${n}`, side: 'outbound', startMs: at, ms: 50 }],
      ['cart', { trace: `a${n}`, id: `i${n}`, parent: `o${n}`, side: 'inbound', startMs: at + 1, ms: 48 }],
      ['cart', { trace: `b${n}`, id: `p${n}`, side: 'outbound', startMs: at + 10, ms: 20, said: { service: 'shop/stock' } }],
      ['stock', { trace: `b${n}`, id: `j${n}`, parent: `p${n}`, side: 'inbound', startMs: at + 11, ms: 18 }],
    ];
    for (const [name, span] of spans) world.keeper.take(sender(name), exported([span]));
  }
  world.now = NOW + times * 200 + 5000;
  world.keeper.infer();
}

test('where nothing is passed on the tree is put together, marked, and the service is named', () => {
  const world = open();
  silent(world, 20);
  const view = world.keeper.trace(traceId('b7'));
  expect(view?.id).toBe(traceId('a7'));
  expect(view?.tree.map(({ service, side }) => `${service} ${side}`)).toEqual([
    'shop/web outbound',
    'shop/cart inbound',
    'shop/cart outbound',
    'shop/stock inbound',
  ]);
  expect(view?.tree.map(({ inferred }) => inferred !== undefined)).toEqual([false, false, true, false]);
  expect(view?.inferred).toBe(1);
  expect(world.keeper.find({ limit: 100 }).items.length).toBe(20);
  expect(world.keeper.broken(NOW - 1).map(({ service, calls, propagated }) => [service, calls, propagated])).toEqual([['shop/cart', 20, 0]]);
});

test('who passes the trace on by spans of its own is not broken, and its calls have their place', () => {
  const world = open();
  for (let n = 0; n < 10; n++) {
    world.keeper.take(sender('cart'), exported([{ trace: `a${n}`, id: `i${n}`, side: 'inbound', startMs: NOW + n * 100, ms: 50 }]));
    world.keeper.take(sender('cart'), exported([{ trace: `a${n}`, id: `p${n}`, parent: `own${n}`, side: 'outbound', startMs: NOW + n * 100 + 5, ms: 20 }]));
  }
  world.now = NOW + 60_000;
  world.keeper.infer();
  expect(world.keeper.broken(0)).toEqual([]);
  expect(world.keeper.trace(traceId('a3'))?.tree.map(({ parent }) => parent)).toEqual(['', spanId('i3')]);
});

test('hostile spans: text is one clean line, circles end, ids of no length are left out, clocks are not believed', () => {
  const { keeper } = open();
  const nasty = `http://user:pw@h\u202e/\u0000<script>/${'x'.repeat(100_000)}`;
  const said = { route: `a\nb${'r'.repeat(9000)}`, reason: 'x\u0007; policy=<b>' };
  const tags = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`weft.tag.${n}`, 'Bearer abcdef0123456789abcdef0123456789abcdef0123456789']));
  keeper.take(sender('web'), exported([{ trace: 'h', id: 'x', parent: 'y', side: 'inbound', startMs: 1e9, ms: -5, url: nasty, said, tags }]));
  keeper.take(sender('web'), exported([{ trace: 'h', id: 'y', parent: 'x', side: 'outbound', startMs: 9e12, ms: 1e12 }]));
  keeper.take(sender('web'), new Uint8Array([255, 255, 1]));
  const text = JSON.stringify(keeper.trace(traceId('h')));
  expect(keeper.trace(traceId('h'))?.tree.length).toBe(2);
  expect(text.length).toBeLessThan(20_000);
  for (const bad of ['pw@', '\\u0000', '\u202e', 'abcdef0123456789abcdef', '\\n']) expect(text).not.toContain(bad);
  expect(keeper.kept().lost).toEqual({ tooMany: 0, unreadable: 1, notStored: 0 });
});

test('one proxy has a budget, files have theirs, and a damaged file costs itself alone', () => {
  const directory = folder();
  const world = open({ directory, budgetBytes: 200_000, perProxy: { perSecond: 100, burst: 1000 } });
  for (let n = 0; n < 12; n++) {
    const spans = Array.from({ length: 200 }, (_, k): TestSpan => ({ trace: `${n}.${k}`, id: `${n}.${k}`, side: 'inbound', startMs: world.now, ms: 1 }));
    world.keeper.take(sender('web'), exported(spans));
    world.now += 10;
    world.keeper.prune();
  }
  expect(world.keeper.kept().lost.tooMany).toBeGreaterThan(1000);
  expect(world.keeper.kept().bytes).toBeLessThan(1_000_000);
  world.keeper[Symbol.dispose]();
  const files = readdirSync(directory).filter((name) => name.endsWith('.db'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  writeFileSync(join(directory, files[0] ?? ''), 'this is no database');
  const again = open({ directory });
  expect(again.keeper.damaged.length).toBe(1);
  told(again.keeper);
  expect(again.keeper.trace(traceId('t'))?.spans).toBe(2);
});

test('spans of the control plane are found by its name, and by nobody who asks for requests', () => {
  const { keeper } = open();
  told(keeper);
  const own = { trace: 'c'.repeat(32), startUs: NOW * 1000, durationUs: 500, error: false, reason: '', attributes: { documents: 'HTTPRoute shop/a' } };
  const kept = keeper.takeOwn([
    { ...own, id: '1'.repeat(16), parent: '', name: 'push HTTPRoute shop/a' },
    { ...own, id: '2'.repeat(16), parent: '1'.repeat(16), name: 'shop/web-1 refused', error: true, reason: 'refused: it\nis bad' },
  ]);
  expect(kept.map(({ service, reason }) => [service, reason])).toEqual([
    ['weft-system/weft', ''],
    ['weft-system/weft', 'refused: it\ufffdis bad'],
  ]);
  expect(keeper.find({ limit: 10 }).items.map(({ service }) => service)).toEqual(['shop/web']);
  const [push] = keeper.find({ limit: 10, service: 'weft-system/weft' }).items;
  expect(push).toMatchObject({ name: 'push HTTPRoute shop/a', spans: 2, error: true });
  expect(keeper.trace(push?.id ?? '')?.tree.map(({ parent, name }) => `${parent.slice(0, 1)} ${name}`)).toEqual([
    ' push HTTPRoute shop/a',
    '1 shop/web-1 refused',
  ]);
});

test('a change is tied to the push that took it, and to none that was compiled before it came', () => {
  const { keeper } = open();
  const push = (n: number, atMs: number, outcomes: readonly string[]): void => {
    const own = { trace: String(n).repeat(32), error: false, reason: '', attributes: {} };
    const step = (id: string, name: string, ms: number, attributes: Readonly<Record<string, string>> = {}) => ({
      ...own,
      ...{ id: id.repeat(16), parent: 'a'.repeat(16), name, startUs: atMs * 1000, durationUs: ms * 1000, attributes },
    });
    const root = { ...step('a', 'push', 40, { proxies: String(outcomes.length) }), parent: '', names: [nameOfPush('HTTPRoute shop/a')] };
    keeper.takeOwn([root, step('b', 'queue', 10), ...outcomes.map((outcome, at) => step(String(at + 1), 'p', 40, { outcome }))]);
  };
  push(1, NOW, ['acknowledged', 'refused']);
  push(2, NOW + 1000, ['acknowledged', 'left']);
  const asked = (ms: number, document = 'HTTPRoute shop/a') => ({ document, at: NOW + ms });
  const found = keeper.pushes([asked(5), asked(500), asked(2000), asked(-60_000), asked(5, 'HTTPRoute shop/b')]);
  expect(found.map((each) => each?.trace[0])).toEqual(['1', '2', undefined, undefined, undefined]);
  expect(found[0]).toMatchObject({ tookMs: 40, proxies: 2, followed: 2, acknowledged: 1, refused: 1, unanswered: 0 });
  expect(found[1]).toMatchObject({ refused: 0, unanswered: 1 });
});
