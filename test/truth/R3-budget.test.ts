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

/** How many tries reach a service that always fails after 100 ms, of REQUESTS requests, AT_ONCE of them in flight. */
async function tries(key: string, budget: object): Promise<number> {
  await applied(mesh, policyFor('RetryPolicy', 'lab', { on: ['gateway-error'], attempts: 3, ...budget }));
  await caller.many({ url: `${AT}/flaky/100000/503/${key}?ms=100` }, REQUESTS, AT_ONCE);
  return Number((await caller.call(`${AT}/count/${key}`)).body);
}

// Twice what is in flight: Envoy gives a retry's place back a moment after its answer has gone out, when the next request may be there already.
test('R3 a budget that allows everything: requests are tried four times', async () => {
  const seen = await tries('all', { budget: { percent: 100, minConcurrency: 2 * AT_ONCE } });
  // On a busy machine one to four of these tries do not come to the application, and as many with five times the budget: it is not the budget that keeps them.
  expect(seen).toBeGreaterThan(3.95 * REQUESTS);
  expect(seen).toBeLessThanOrEqual(4 * REQUESTS);
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
