// Charts against the truth: what was told in every step, whatever files and resolutions it is read from.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricsMessage, sourceTags } from '../../../test/kit/otlp-metrics.ts';
import type { Reporter } from './labels.ts';
import { Meter } from './meter.ts';
import { series, stat } from './questions.ts';

const BEGIN = Date.parse('2026-11-21T12:00:00.000Z');
const STEP_MS = 10_000;
const ANSWERS = [
  { service: 'checkout', code: '200' },
  { service: 'checkout', code: '503' },
  { service: 'ledger', code: '200' },
] as const;

const web: Reporter = {
  proxy: 'shop/web-1',
  namespace: 'shop',
  principal: 'spiffe://example.mesh/ns/shop/sa/web',
  workload: 'web',
  service: 'web',
  version: 'v1',
  serves: {},
};

/** Requests of each answer in each step, and the step of the chart. */
const worlds = fc.record({
  told: fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 200 }),
  every: fc.constantFrom(1, 3, 6, 12),
});

test('every step of a chart has the requests that were told of it, by line and all together', () => {
  fc.assert(
    fc.property(worlds, ({ told, every }) => {
      const folder = mkdtempSync(join(tmpdir(), 'weft-charts-'));
      let now = BEGIN;
      {
        using meter = new Meter({ folder, budgetBytes: 64 << 20, now: () => now, told: () => {} });
        const totals = [0, 0, 0];
        for (const grown of told) {
          now += STEP_MS;
          for (const [at, count] of grown.entries()) totals[at] = (totals[at] ?? 0) + count;
          const counters = ANSWERS.map(({ service, code }, at) => ({ tags: sourceTags(service, code), requests: totals[at] ?? 0 }));
          meter.take(web, metricsMessage(now, (now - BEGIN) / 1000, counters));
        }
        const query = { since: BEGIN, until: now, stepMs: every * STEP_MS, service: '', namespace: '' };
        const { times, lines, stepMs } = series(meter, { ...query, by: 'code' });
        const expected = (wanted: string): readonly number[] =>
          times.map((time) =>
            told
              .filter((_, step) => Math.floor((BEGIN + (step + 1) * STEP_MS) / stepMs) * stepMs === time)
              .reduce((sum, grown) => sum + ANSWERS.reduce((all, { code }, at) => all + (code === wanted ? (grown[at] ?? 0) : 0), 0), 0),
          );
        for (const code of ['200', '503']) {
          const found = lines.find(({ name }) => name === code)?.requests ?? times.map(() => 0);
          expect([code, found]).toEqual([code, expected(code)]);
        }
        const [whole] = series(meter, { ...query, by: '' }).lines;
        const both = times.map((_, at) => (expected('200')[at] ?? 0) + (expected('503')[at] ?? 0));
        expect(whole?.requests ?? times.map(() => 0)).toEqual(both);
        const all = stat(meter, { since: BEGIN, until: now, namespace: '' }).items.reduce((sum, { requests }) => sum + requests, 0);
        expect(all).toBe(both.reduce((sum, each) => sum + each, 0));
      }
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 15 },
  );
});
