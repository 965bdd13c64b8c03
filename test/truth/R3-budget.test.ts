// R3 retry budget: on by default, and never more retries at a time than it allows.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let caller: LabCaller;
const AT = 'http://lab.shop.mesh';
const REQUESTS = 400;
const AT_ONCE = 40;

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

/** How many tries reach a service that always fails after 100 ms, of so many requests, AT_ONCE of them in flight. */
async function tries(key: string, budget: object, requests = REQUESTS): Promise<number> {
  await applied(mesh, policyFor('RetryPolicy', 'lab', { on: ['gateway-error'], attempts: 3, ...budget }));
  await caller.many({ url: `${AT}/flaky/100000/503/${key}?ms=100` }, requests, AT_ONCE);
  return Number((await caller.call(`${AT}/count/${key}`)).body);
}

/** Each retry takes its failed try back (RST_STREAM), and after 1,000 of these at more than 33 a second Envoy's HTTP/2 library ends the connection. */
const FEW = 240;

// Twice what is in flight: Envoy gives a retry's place back a moment after its answer has gone out, when the next request may be there already.
test('R3 a budget that allows everything: every request is tried four times', async () => {
  expect(await tries('all', { budget: { percent: 100, minConcurrency: 2 * AT_ONCE } }, FEW)).toBe(4 * FEW);
});

test('R3 20 % by default: what fails all the time is hardly asked more often', async () => {
  // Of 40 in flight 10 may be retries (20 % or 10, whatever is more): of all tries a quarter, and those of the ends of the run.
  const seen = await tries('default', {});
  expect(seen).toBeGreaterThan(REQUESTS);
  expect(seen).toBeLessThan(REQUESTS * 1.6);
});

test('R3 a budget of its own', async () => {
  // One at a time: of 40 tries in flight one is a retry.
  const seen = await tries('own', { budget: { percent: 0, minConcurrency: 1 } });
  expect(seen).toBeGreaterThan(REQUESTS);
  expect(seen).toBeLessThan(REQUESTS * 1.15);
});
