// Budgets, how fast they go, and when somebody is told.
import { expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../test/kit/compiled.ts';
import type { ObjectivesView, ObjectiveView, SpentQuery, SpentView } from '../api/index.ts';
import { objectivesHeld } from './checks/objectives.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { budgetOf, objectivesOf } from './objectives.ts';
import type { MetricsPort } from './ports.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 22);

const spent = (requests: number, failures = 0, slow = 0): SpentView => ({ requests, failures, measured: requests, slow });
const nothing = spent(0);

const THREE_NINES = { aim: 'availability', percent: 99.9 } as const;

test('what is left is what may still fail; how fast it goes is a multiple of what would just last', () => {
  const recent = [spent(100, 5), spent(1000, 20), spent(2000, 20), spent(12_000, 20), nothing];
  const found = budgetOf(THREE_NINES, { whole: spent(1_000_000, 400), recent, windowMs: 30 * DAY });
  expect(found).toMatchObject({ requests: 1_000_000, bad: 400, reached: 99.96, budgetLeft: 0.6 });
  expect(found.burn.map(({ rate }) => rate)).toEqual([50, 20, 10, 1.67, 0]);
  // six tenths of thirty days, ten times as fast
  expect(found.lastsMs).toBe(1.8 * DAY);
});

test('without requests nothing is lost, and of too many failures more than all is', () => {
  expect(budgetOf(THREE_NINES, { whole: nothing, recent: [], windowMs: DAY })).toMatchObject({ reached: null, budgetLeft: 1, bad: 0 });
  expect(budgetOf(THREE_NINES, { whole: spent(1000, 3), recent: [], windowMs: DAY })).toMatchObject({ reached: 99.7, budgetLeft: -2 });
});

test('a latency counts requests whose time was measured', () => {
  const aim = { aim: 'latency', percent: 99, belowMs: 300 } as const;
  const whole = { requests: 1100, failures: 100, measured: 1000, slow: 5 };
  expect(budgetOf(aim, { whole, recent: [], windowMs: DAY })).toMatchObject({ requests: 1000, bad: 5, reached: 99.5, budgetLeft: 0.5 });
});

const MESH = `
apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: shop }
spec: { selector: { app: checkout }, ports: [{ port: 80, appProtocol: http }] }
---
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { selector: { app: cart }, ports: [{ port: 80, appProtocol: http }] }
---
apiVersion: v1
kind: Service
metadata: { name: database, namespace: shop }
spec: { selector: { app: database }, ports: [{ port: 5432, appProtocol: tcp }] }
---
apiVersion: weft.dev/v1alpha1
kind: ObjectivePolicy
metadata: { name: all, namespace: shop }
spec: { targetRefs: [{ kind: Namespace, name: shop }], availability: 99, window: 7d }
---
apiVersion: weft.dev/v1alpha1
kind: ObjectivePolicy
metadata: { name: checkout, namespace: shop }
spec: { targetRefs: [{ kind: Service, name: checkout }], availability: 99.9, latency: { below: 300ms, percent: 95 } }
`;

test('objectives are inherited field by field, of services that speak HTTP; those with least left come first', async () => {
  const asked: SpentQuery[] = [];
  const metrics = {
    spent: async (query: SpentQuery) => {
      asked.push(query);
      return query.service === 'shop/checkout' ? spent(10_000, 5, 100) : spent(10_000);
    },
    kept: async () => ({ source: 'store', levels: [{ oldest: new Date(NOW - DAY).toISOString() }] }),
  } as unknown as MetricsPort;
  const mesh = meshOf(documentsOf(MESH).documents);
  const found = await objectivesOf({ metrics, mesh: () => mesh, clock: { now: () => NOW } as never }, { namespace: '', service: '' });
  expect(
    found?.items.map(({ service, aim, percent, budgetLeft, windowMs, since, at }) => [service, aim, percent, budgetLeft, windowMs / DAY, since, at.name]),
  ).toEqual([
    ['shop/checkout', 'availability', 99.9, 0.5, 7, new Date(NOW - DAY).toISOString(), 'checkout'],
    ['shop/checkout', 'latency', 95, 0.8, 7, new Date(NOW - DAY).toISOString(), 'checkout'],
    ['shop/cart', 'availability', 99, 1, 7, new Date(NOW - DAY).toISOString(), 'all'],
  ]);
  expect(asked.filter(({ service }) => service === 'shop/checkout').every(({ slowMs }) => slowMs === 300)).toBe(true);
  const [route] = metricsRoutes({ metrics, mesh: () => mesh, clock: { now: () => NOW } as never }).filter(({ path }) => path === '/objectives');
  const asking = (query: object) => route?.answer({ query, permit: { require: () => undefined } } as never) as Promise<ObjectivesView>;
  expect((await asking({})).items.map(({ service }) => service)).toEqual(['shop/checkout', 'shop/checkout', 'shop/cart']);
  expect((await asking({ service: 'shop/cart' })).items.map(({ service }) => service)).toEqual(['shop/cart']);
  await expect(async () => asking({ service: 'no name' })).rejects.toThrow('must be NAMESPACE/NAME');
  expect((await objectivesOf({ metrics, mesh: () => mesh, clock: { now: () => NOW } as never }, { namespace: 'other', service: '' }))?.items).toEqual([]);
});

const view = (more: Partial<ObjectiveView>, rates: readonly number[], requests = 1000): ObjectiveView => ({
  service: 'shop/checkout',
  namespace: 'shop',
  ...THREE_NINES,
  windowMs: 30 * DAY,
  requests: 100_000,
  bad: 10,
  reached: 99.99,
  budgetLeft: 0.9,
  burn: [5 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, 72 * HOUR].map((overMs, at) => ({ overMs, requests, rate: rates[at] ?? 0 })),
  at: { kind: 'ObjectivePolicy', namespace: 'shop', name: 'checkout', path: 'spec.availability' } as ObjectiveView['at'],
  ...more,
});
const told = (one: ObjectiveView) => {
  const found = objectivesHeld.look({ objectives: [one], now: NOW } as never);
  return typeof found === 'string' ? found : found.map(({ code, severity, words }) => `${code} ${severity ?? ''} ${words}`.replace('  ', ' '));
};

test('somebody is told when it goes fast in a long window and still does in a short one', () => {
  expect(told(view({ lastsMs: 2 * DAY }, [20, 20, 15, 3, 1]))).toEqual([
    'WEFT2387 error shop/checkout: its budget goes 15 times as fast as it may (1h) and lasts 2 days more; 99.9 % are to succeed',
  ]);
  // over again
  expect(told(view({}, [0, 20, 15, 3, 0.5]))).toEqual([]);
  expect(told(view({ lastsMs: 5 * HOUR }, [0, 7, 5, 6.5, 2]))).toEqual([
    'WEFT2387 error shop/checkout: its budget goes 6.5 times as fast as it may (6h) and lasts 5h more; 99.9 % are to succeed',
  ]);
  expect(told(view({}, [0, 0, 0, 1.2, 1.1]))).toEqual([
    'WEFT2387 warning shop/checkout: its budget goes 1.1 times as fast as it may (72h); 99.9 % are to succeed',
  ]);
  expect(told(view({}, [99, 99, 99, 99, 99], 3))).toEqual([]);
  // of a minute nothing can be said, of ten minutes what is fast within an hour
  expect(told(view({ since: new Date(NOW - MINUTE).toISOString() }, [99, 99, 99, 99, 99]))).toEqual([]);
  expect(told(view({ since: new Date(NOW - 10 * MINUTE).toISOString() }, [2, 2, 2, 2, 2]))).toEqual([]);
  expect(told(view({ budgetLeft: -1, reached: 99.8 }, [0, 0, 0, 0, 0]))).toEqual(['WEFT2388 shop/checkout: 99.8 % in 30 days; 99.9 % are to succeed']);
  expect(told(view({ aim: 'latency', percent: 95, belowMs: 300, budgetLeft: -1 }, [30, 30, 30, 30, 30]))).toEqual([
    'WEFT2387 error shop/checkout: its budget goes 30 times as fast as it may (1h) and is gone; 95 % are to take less than 300ms',
  ]);
});
