// R5 where a retry goes, and hedging.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let caller: LabCaller;
const PAIR = 'http://pair.shop.mesh';
const LAB = 'http://lab.shop.mesh';

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('pair', { app: 'pair' }), serviceDocument('lab', { app: 'lab' })]);
  await startLab(mesh, 'pair', { version: 'v1' });
  await startLab(mesh, 'pair', { version: 'v2' });
  await startLab(mesh, 'lab');
  caller = await LabCaller.start(mesh, { name: 'caller' });
  await caller.until(`${PAIR}/`, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

/** Of 200 requests that one of two instances always fails, how many come through with one retry. */
async function through(spec: object): Promise<number> {
  await applied(mesh, policyFor('RetryPolicy', 'pair', { on: ['gateway-error'], attempts: 1, backoff: { base: '1ms', max: '1ms' }, ...spec }));
  const answers = await caller.many({ url: `${PAIR}/unless/v1/503` }, 200);
  return answers.filter(({ status }) => status === 200).length;
}

test('R5 a retry goes to another host', async () => {
  expect(await through({})).toBe(200);
});

test('R5 or anywhere, when that is wanted', async () => {
  // By chance every second request meets the bad one, and every second retry as well: 0.75^200 is less than 10^-24.
  expect(await through({ avoidPreviousHosts: false })).toBeLessThan(200);
});

const SLOW_FIRST = `${LAB}/first/900/20000`;

test('R5 hedging: a slow try gets company, and the first answer counts', async () => {
  await applied(mesh, policyFor('TimeoutPolicy', 'lab', { request: '10s', backendRequest: '200ms' }));
  await applied(mesh, policyFor('RetryPolicy', 'lab', { attempts: 1, hedge: { onPerTryTimeout: true } }));
  const answer = await caller.call(`${SLOW_FIRST}/hedged`);
  // The first try, which takes longer than a try may: it was not given up.
  expect([answer.status, answer.body]).toEqual([200, 'lab v1 try 1']);
  expect((await caller.call(`${LAB}/count/hedged`)).body).toBe('2');
});

test('R5 no hedging for a method that is not named', async () => {
  const answer = await caller.call(`${SLOW_FIRST}/post`, { method: 'POST' });
  expect(answer.status).toBe(504);
  expect((await caller.call(`${LAB}/count/post`)).body).toBe('1');
});

test('R5 without hedging a slow try is given up', async () => {
  await applied(mesh, policyFor('RetryPolicy', 'lab', { attempts: 1, hedge: { onPerTryTimeout: false } }));
  expect((await caller.call(`${SLOW_FIRST}/plain`)).status).toBe(504);
});
