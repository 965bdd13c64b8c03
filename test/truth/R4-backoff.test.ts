// R4 back-off, also as the server directs it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let caller: LabCaller;
const AT = 'http://lab.shop.mesh';
const POLICY = { on: [], statusCodes: [429], attempts: 1 };

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('lab', { app: 'lab' })]);
  await startLab(mesh, 'lab');
  caller = await LabCaller.start(mesh, { name: 'caller' });
  await caller.until(`${AT}/`, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

test('R4 Retry-After in seconds is obeyed', async () => {
  const serverDirected = { headers: [{ name: 'Retry-After', format: 'Seconds' }], max: '5s' };
  await applied(mesh, policyFor('RetryPolicy', 'lab', { ...POLICY, backoff: { serverDirected } }));
  const answer = await caller.call(`${AT}/flaky/1/429/seconds?h=retry-after:2`);
  expect(answer.status).toBe(200);
  expect(answer.ms).toBeGreaterThanOrEqual(2000);
});

test('R4 a moment in time is obeyed', async () => {
  const serverDirected = { headers: [{ name: 'X-RateLimit-Reset', format: 'UnixTimestamp' }], max: '10s' };
  await applied(mesh, policyFor('RetryPolicy', 'lab', { ...POLICY, backoff: { serverDirected } }));
  const moment = Math.floor(Date.now() / 1000) + 3;
  const answer = await caller.call(`${AT}/flaky/1/429/moment?h=x-ratelimit-reset:${moment}`);
  expect(answer.status).toBe(200);
  // Envoy counts in whole seconds from its own.
  expect(Date.now()).toBeGreaterThanOrEqual((moment - 1) * 1000);
});

test('R4 who wants to be left alone for longer than the maximum is asked again as usual', async () => {
  const serverDirected = { headers: [{ name: 'Retry-After' }], max: '1s' };
  await applied(mesh, policyFor('RetryPolicy', 'lab', { ...POLICY, backoff: { base: '1ms', max: '1ms', serverDirected } }));
  const answer = await caller.call(`${AT}/flaky/1/429/long?h=retry-after:50`);
  expect(answer.status).toBe(200);
  expect(answer.ms).toBeLessThan(50_000);
});

test('R4 base and max', async () => {
  // Waits are random below the base, so a sum of many is what can be told: 40 waits of at most 400 ms, on average 200 ms.
  await applied(mesh, policyFor('RetryPolicy', 'lab', { ...POLICY, backoff: { base: '400ms', max: '400ms' } }));
  const long = await caller.many({ url: `${AT}/flaky/1/429/base{n}` }, 40, 40);
  const waited = long.reduce((sum, { ms }) => sum + ms, 0) / 40;
  // Hoeffding: the mean of 40 numbers from [0, 400] is below 60 once in e^(2*40*(140/400)^2) = 18,000 runs; below 30 once in 10^6.
  expect(waited).toBeGreaterThan(20);
});
