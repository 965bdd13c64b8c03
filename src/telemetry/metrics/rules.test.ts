import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Counter, metricsMessage, sourceTags } from '../../../test/kit/otlp-metrics.ts';
import type { Labels, Reporter } from './labels.ts';
import { Meter } from './meter.ts';
import { kept, stat } from './questions.ts';
import type { KeepRules } from './rules.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const BEGIN = Date.parse('2026-11-21T12:00:00.000Z');
const ALL: KeepRules = { disabled: false, without: [], series: 1000 };
const web = (keeps: KeepRules): Reporter => ({
  proxy: 'shop/web-1',
  namespace: 'shop',
  principal: 'spiffe://example.mesh/ns/shop/sa/web',
  workload: 'web-v1',
  service: 'web',
  version: 'v1',
  serves: { '*': 'shop/web' },
  keeps,
});

class World {
  now = BEGIN;
  readonly meter: Meter;
  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'weft-rules-'));
    folders.push(folder);
    this.meter = new Meter({ folder, budgetBytes: 64 << 20, now: () => this.now, told: () => undefined });
  }
  say(keeps: KeepRules, counters: readonly Counter[]): void {
    this.now += 5000;
    this.meter.take(web(keeps), metricsMessage(this.now, (this.now - BEGIN) / 1000, counters));
  }
  get requests(): number {
    const { items } = stat(this.meter, { since: BEGIN - 60_000, until: this.now + 10_000, namespace: '' });
    return items.reduce((sum, { requests }) => sum + requests, 0);
  }
  get labels(): readonly Labels[] {
    return [...this.meter.series.values()].map((live) => live.labels);
  }
}

const routes = (count: number, requests: number): readonly Counter[] =>
  Array.from({ length: count }, (_, n) => ({ tags: sourceTags('checkout', '200', { route_name: `r${n}`, response_flags: n === 0 ? 'DC' : '-' }), requests }));

test('labels that are left out are added up, and told apart again when they are not', () => {
  const world = new World();
  world.say({ ...ALL, without: ['flags', 'principal', 'route', 'version'] }, routes(5, 2));
  expect([world.requests, world.labels.length]).toEqual([10, 1]);
  expect(world.labels[0]).toMatchObject({
    route: '',
    response_flags: '-',
    destination_principal: 'unknown',
    destination_canonical_revision: 'unknown',
    source_workload: 'web',
    destination_workload: 'checkout',
    connection_security_policy: 'mutual_tls',
  });
  world.say(ALL, routes(5, 3));
  expect([world.requests, world.labels.length]).toEqual([15, 6]);
  world.meter[Symbol.dispose]();
});

test('what is counted while nothing is kept is not kept afterwards', () => {
  const world = new World();
  world.say(ALL, routes(1, 4));
  world.say({ ...ALL, disabled: true }, routes(1, 100));
  world.say(ALL, routes(1, 101));
  expect(world.requests).toBe(5);
  world.meter[Symbol.dispose]();
});

test('a namespace has its own budget; what is over it is counted together and shown', () => {
  const world = new World();
  world.say({ ...ALL, series: 3 }, routes(10, 1));
  expect(world.requests).toBe(10);
  expect(kept(world.meter).series).toMatchObject([{ namespace: 'shop', series: 3, budget: 3 }]);
  expect(kept(world.meter).series[0]?.foldedPoints).toBeGreaterThan(0);
  world.meter[Symbol.dispose]();
});
