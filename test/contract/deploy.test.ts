// What stands in deploy/: rules that Prometheus' own tool accepts and tries, and no name in a rule or a board that Weft does not say.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { METRICS } from '../../src/telemetry/metrics/names.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';
import { needs } from '../kit/require.ts';

const DEPLOY = resolve(import.meta.dirname, '../../deploy');
const ALERTS = join(DEPLOY, 'alerts');

/** Told where a kube cluster asks (src/bin/own-metrics/webhook-meters.test.ts). */
const WEBHOOKS = ['weft_webhook_answers_total', 'weft_webhook_seconds_bucket'];

let world: CliWorld;
let said: ReadonlySet<string> = new Set();
beforeAll(async () => {
  world = await openCliWorld();
  await world.join('web');
  let page = '';
  const read = async (): Promise<string> => {
    page = await (await fetch(`${world.api}/metrics`, { headers: { authorization: `Bearer ${world.token}` } })).text();
    return page;
  };
  // what keeps telemetry has a thread of its own, which begins when it can
  await vi.waitUntil(async () => (await read()).includes('weft_telemetry_lost_total{what="records"'), { timeout: 30_000, interval: 200 });
  const own = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const mesh = [...METRICS].flatMap(([name, { kind }]) => (kind === 'counter' ? [name] : [`${name}_bucket`, `${name}_sum`, `${name}_count`]));
  const recorded = rules().flatMap(({ record }) => record ?? []);
  said = new Set([...own, ...mesh, ...recorded, 'up', 'weft_findings', 'weft_ca_failures_total', 'weft_proxy_certificate_end_seconds', ...WEBHOOKS]);
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

const rules = (): readonly Rule[] =>
  (parse(readFileSync(join(ALERTS, 'weft.yaml'), 'utf8')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap(
    (group) => group.rules,
  );

/** Names of metrics in an expression: what carries labels, a range, or an underscore, and is no function, label or variable. */
const names = (expr: string): readonly string[] =>
  [...expr.replace(/\{[^}]*\}|\bby\s*\([^)]*\)|"[^"]*"|\$\w+/g, ' ').matchAll(/\b((?:weft|istio|pilot|process|citadel)[_:][\w:]+|up)\b/g)].flatMap(
    ([, name]) => name ?? [],
  );

const promtool = needs('promtool', spawnSync('promtool', ['--version']).status === 0);

test.skipIf(promtool.skip)('promtool accepts the rules, and they fire when they should and only then', () => {
  expect(execFileSync('promtool', ['check', 'rules', 'weft.yaml'], { cwd: ALERTS, encoding: 'utf8' })).toContain('SUCCESS');
  expect(execFileSync('promtool', ['test', 'rules', 'weft.test.yaml'], { cwd: ALERTS, encoding: 'utf8' })).toContain('SUCCESS');
});

test('every alert says what to do, and asks for nothing that Weft does not say', () => {
  for (const { alert, expr, annotations } of rules()) {
    expect([expr, names(expr).filter((name) => !said.has(name))]).toEqual([expr, []]);
    expect(names(expr).length).toBeGreaterThan(0);
    if (alert !== undefined) expect([alert, annotations?.['next']]).toEqual([alert, expect.stringMatching(/^weft /)]);
  }
});

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

test('no panel of a board is empty for want of a name', () => {
  const boards = readdirSync(join(DEPLOY, 'grafana')).filter((name) => name.endsWith('.json'));
  expect(boards.length).toBeGreaterThanOrEqual(3);
  for (const name of boards) {
    const { panels } = JSON.parse(readFileSync(join(DEPLOY, 'grafana', name), 'utf8')) as { readonly panels: readonly Panel[] };
    for (const { title, targets } of panels)
      for (const { expr } of targets) {
        expect([name, title, names(expr).filter((each) => !said.has(each))]).toEqual([name, title, []]);
        expect([name, title, names(expr).length]).not.toEqual([name, title, 0]);
      }
  }
});
