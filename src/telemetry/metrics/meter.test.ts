import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { type Counter, metricsMessage, sourceTags } from '../../../test/kit/otlp-metrics.ts';
import type { Reporter } from './labels.ts';
import { Meter, type MeterOptions } from './meter.ts';
import { edges, kept, series, stat } from './questions.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-metrics-'));
  folders.push(folder);
  return folder;
}

const BEGIN = Date.parse('2026-11-21T12:00:00.000Z');

class World {
  now = BEGIN;
  readonly folder: string;
  readonly told: string[] = [];
  constructor(folder = newFolder()) {
    this.folder = folder;
  }
  open(more: Partial<MeterOptions> = {}): Meter {
    return new Meter({ folder: this.folder, budgetBytes: 64 << 20, now: () => this.now, told: (_level, message) => void this.told.push(message), ...more });
  }
}

const web: Reporter = {
  proxy: 'shop/web-1',
  namespace: 'shop',
  principal: 'spiffe://example.mesh/ns/shop/sa/web',
  workload: 'web-v1',
  service: 'web',
  version: 'v1',
  serves: { '*': 'shop/web', 8080: 'shop/web' },
};
const ok = (requests: number, ms = 3): Counter => ({ tags: sourceTags('checkout', '200'), requests, ms });
const failed = (requests: number): Counter => ({ tags: sourceTags('checkout', '503', { response_flags: 'UC' }), requests });
const uptime = (world: World, started = BEGIN): number => Math.floor((world.now - started) / 1000);

function say(world: World, meter: Meter, counters: readonly Counter[], started = BEGIN): void {
  meter.take(web, metricsMessage(world.now, uptime(world, started), counters));
}
const total = (world: World, meter: Meter): number =>
  stat(meter, { since: BEGIN - 3_600_000, until: world.now + 10_000, namespace: '' }).items.reduce((sum, { requests }) => sum + requests, 0);

test('what a proxy has counted is added up by service, edge and step, whoever is asked', () => {
  const world = new World();
  using meter = world.open();
  for (let n = 1; n <= 30; n++) {
    world.now += 5000;
    say(world, meter, [ok(20 * n), failed(n)]);
  }
  const query = { since: BEGIN, until: world.now, namespace: 'shop' };
  expect(stat(meter, query).items).toMatchObject([
    {
      service: 'shop/checkout',
      requests: 630,
      failures: 30,
      codes: { '2xx': 600, '5xx': 30 },
      p50Ms: 3,
      rps: 4.2,
      byMesh: 30,
      secured: 1,
      protocols: ['http'],
    },
  ]);
  expect(edges(meter, query).items).toMatchObject([
    {
      requests: 630,
      security: 'mutual_tls',
      protocol: 'http',
      source: { workload: 'web-v1', namespace: 'shop', principal: web.principal },
      destination: { workload: 'checkout-v1', service: 'checkout', version: 'v1', namespace: 'shop', called: 'shop/checkout' },
    },
  ]);
  const { times, lines } = series(meter, { since: BEGIN, until: world.now, stepMs: 30_000, service: 'shop/checkout', namespace: '', by: 'code' });
  expect([times.length, lines.map(({ name, requests }) => [name, requests.reduce((sum, each) => sum + each, 0)])]).toEqual([
    6,
    [
      ['200', 600],
      ['503', 30],
    ],
  ]);
  expect(stat(meter, { ...query, namespace: 'other' }).items).toEqual([]);
  const whole = (namespace: string) => series(meter, { since: BEGIN, until: world.now, stepMs: 30_000, service: '', namespace, by: '' }).lines;
  expect(whole('shop').map(({ requests, failures }) => [requests, failures].map((each) => each.reduce((sum, one) => sum + one, 0)))).toEqual([[630, 30]]);
  expect([whole(''), whole('other')]).toEqual([whole('shop'), []]);
});

test('of a mesh that began in the middle of a coarse step, rates are those of the time there has been, and charts are fine', () => {
  const world = new World();
  const started = BEGIN + 290_000;
  world.now = started;
  using meter = world.open();
  for (let n = 1; n <= 140; n++) {
    world.now += 5000;
    say(world, meter, [ok(200 * n)], started);
  }
  const query = { since: world.now - 900_000, until: world.now, namespace: '' };
  expect(stat(meter, query).items[0]?.rps).toBeCloseTo(40, 0);
  expect(series(meter, { ...query, service: '', by: '', stepMs: 0 }).stepMs).toBe(10_000);
});

test('a message that is lost, comes twice or late changes nothing; a proxy that starts again is counted on', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ grow: fc.nat(50), what: fc.constantFrom('say', 'lose', 'twice', 'late', 'restart', 'crash') }), { maxLength: 25 }),
      (steps) => {
        const world = new World();
        let meter = world.open();
        let [truth, count, started, last] = [0, 0, BEGIN, undefined as Uint8Array | undefined];
        const send = (): void => {
          const bytes = metricsMessage(world.now, uptime(world, started), [ok(count)]);
          meter.take(web, bytes);
          last = bytes;
        };
        for (const { grow, what } of steps) {
          world.now += 7000;
          if (what === 'restart') {
            send(); // its last words
            [count, started] = [0, world.now - 1000];
          }
          count += grow;
          truth += grow;
          if (what === 'crash') {
            // everything that is not on disk is gone: the proxy says it again
            const other = new World();
            cpSync(world.folder, other.folder, { recursive: true });
            other.now = world.now;
            meter[Symbol.dispose]();
            rmSync(world.folder, { recursive: true });
            cpSync(other.folder, world.folder, { recursive: true });
            meter = world.open();
          } else if (what === 'late' && last !== undefined) {
            const old = last;
            send();
            meter.take(web, old);
          } else if (what === 'twice') {
            send();
            meter.take(web, last ?? new Uint8Array());
          } else if (what !== 'lose') send();
        }
        world.now += 7000;
        send();
        expect(total(world, meter)).toBe(truth);
        meter[Symbol.dispose]();
        rmSync(world.folder, { recursive: true });
      },
    ),
    { numRuns: Number(process.env['WEFT_TEST_RUNS'] ?? 5) },
  );
});

test('a proxy that counted before anything was kept here is followed from now on', () => {
  const world = new World();
  using meter = world.open();
  world.now += 5000;
  say(world, meter, [ok(1_000_000)], BEGIN - 86_400_000);
  world.now += 5000;
  say(world, meter, [ok(1_000_007), failed(3)], BEGIN - 86_400_000);
  expect(total(world, meter)).toBe(10);
});

test('a hundred thousand hosts do not pass the budget, and no request is lost for it', () => {
  const world = new World();
  using meter = world.open({ series: { perNamespace: 100, all: 1000, folded: 50 } });
  for (let n = 0; n < 20; n++) {
    world.now += 1000;
    const counters = Array.from({ length: 1000 }, (_, each) => ({
      tags: sourceTags(`h-${n}-${each}`, '200', { route_name: `\u0000<b>${each}` }),
      requests: 1,
    }));
    meter.take({ ...web, proxy: `shop/web-${n}` }, metricsMessage(world.now, n, counters));
  }
  expect(total(world, meter)).toBe(20_000);
  expect(meter.series.size).toBeLessThanOrEqual(1000);
  expect(kept(meter).series).toMatchObject([{ namespace: 'shop', series: 100, budget: 100 }]);
  expect(kept(meter).series[0]?.foldedPoints).toBeGreaterThan(19_000);
});

test('files keep within their budget, from the oldest; what is rolled up is left longest', () => {
  const world = new World();
  const budgetBytes = 8 << 20;
  using meter = world.open({ budgetBytes, series: { perNamespace: 1e6, all: 1e6, folded: 0 } });
  let most = 0;
  for (let n = 1; n <= 50; n++) {
    world.now += 10_000;
    // new labels all the time: the dictionaries grow most
    const counters = Array.from({ length: 150 }, (_, each) => ({
      tags: sourceTags('checkout', '200', { route_name: `shop/${'r'.repeat(99)}-${n}-${each}` }),
      requests: 1,
    }));
    say(world, meter, counters);
    most = Math.max(most, kept(meter).bytes);
  }
  expect(most).toBeLessThan(budgetBytes);
  expect(meter.archive.reaches[0]?.first).toBeGreaterThan(BEGIN / 1000 + 60);
  const lately = stat(meter, { since: world.now - 100_000, until: world.now, namespace: '' });
  // where fine steps are gone already, whole coarse ones
  const steps = (world.now - Date.parse(lately.since)) / 10_000 + 1;
  expect(lately.items.map(({ requests }) => requests)).toEqual([150 * steps]);
});

test('a damaged file is put aside, and counting goes on', () => {
  const world = new World();
  {
    using meter = world.open();
    world.now += 5000;
    say(world, meter, [ok(5)]);
    world.now += 60_000;
    say(world, meter, [ok(9)]);
  }
  for (const file of readdirSync(world.folder)) writeFileSync(join(world.folder, file), 'this is no database, and was never one'.repeat(100));
  using meter = world.open();
  world.now += 60_000;
  say(world, meter, [ok(11)]);
  world.now += 10_000;
  say(world, meter, [ok(14)]);
  expect([total(world, meter), world.told.length > 0]).toEqual([3, true]);
});
