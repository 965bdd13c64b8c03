import { expect, test } from 'vitest';
import { type MetricPoint, PROXY_METRICS } from '../../envoy/index.ts';
import { Undelivered } from './undelivered.ts';

const points = (logs: number, spans: number, dropped = 0): readonly MetricPoint[] =>
  Object.entries({ [PROXY_METRICS.logsSent]: logs, [PROXY_METRICS.spansSent]: spans, [PROXY_METRICS.logsDropped]: dropped }).map(([name, count]) => ({
    name,
    kind: 'counter',
    attributes: new Uint8Array(0),
    time: 0,
    cumulative: true,
    count,
  }));
const total = (undelivered: Undelivered): readonly number[] => [undelivered.view().logs, undelivered.view().spans];

test('what was sent long enough ago and has not come is missing; what comes late is not', () => {
  const undelivered = new Undelivered();
  const say = (at: number, sent: readonly [number, number], arrived: readonly [number, number], dropped = 0): void =>
    undelivered.note('shop/web', points(...sent, dropped), { at, arrived: { logs: arrived[0], spans: arrived[1] }, fresh: true });
  say(5000, [10, 4], [8, 4]);
  expect(total(undelivered)).toEqual([0, 0]);
  say(10_000, [30, 8], [20, 6]);
  expect(total(undelivered)).toEqual([0, 0]);
  say(15_000, [30, 8], [25, 8]);
  expect(total(undelivered)).toEqual([5, 0]);
  say(20_000, [30, 8], [30, 8], 7);
  expect([total(undelivered), undelivered.view().proxies]).toEqual([[7, 0], [{ proxy: 'shop/web', logs: 7, spans: 0 }]]);
  undelivered.forget('shop/web');
  expect([total(undelivered), undelivered.view().proxies]).toEqual([[7, 0], []]);
});

test('of a proxy that told others before, and where others are told as well, only what it dropped', () => {
  const undelivered = new Undelivered();
  for (const at of [0, 5000, 10_000]) undelivered.note('shop/old', points(1000 + at, 500, 3), { at, arrived: { logs: at, spans: 0 }, fresh: false });
  for (const at of [0, 5000, 10_000]) undelivered.note('shop/shared', points(1000 + at, 500, 2), { at, arrived: undefined, fresh: true });
  expect(total(undelivered)).toEqual([5, 0]);
});
