// R1 timeouts: the whole request, one try, silence on a stream, a stream's whole life. Each answer says which policy ended it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { toldBy } from '../kit/reason.ts';
import { routeDocument, serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let caller: LabCaller;
const AT = 'http://lab.shop.mesh';

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

async function timeouts(spec: object): Promise<void> {
  await applied(mesh, policyFor('TimeoutPolicy', 'lab', spec));
}

test('R1 request: the whole of it', async () => {
  await timeouts({ request: '300ms' });
  const late = await caller.call(`${AT}/delay/5000`);
  expect([late.status, toldBy(late.headers)]).toEqual([504, 'timeout; route=default:shop/lab; by=TimeoutPolicy shop/lab']);
  expect((await caller.call(`${AT}/delay/50`)).status).toBe(200);
});

test('R1 backendRequest: one try, and another one has its own time', async () => {
  await timeouts({ request: '10s', backendRequest: '400ms' });
  const answer = await caller.call(`${AT}/slow/1/5000/try`);
  expect(answer.status).toBe(200);
  expect((await caller.call(`${AT}/count/try`)).body).toBe('2');
});

test('R1 streamIdle: silence ends a stream, however long the stream may be', async () => {
  await timeouts({ request: '0s', streamIdle: '600ms' });
  const silent = await caller.call(`${AT}/delay/5000`);
  expect([silent.status, toldBy(silent.headers)]).toEqual([504, 'timeout; kind=stream-idle; route=default:shop/lab; by=TimeoutPolicy shop/lab']);
  const dripping = await caller.call(`${AT}/drip/10/150`);
  expect([dripping.status, dripping.end]).toEqual([200, 'whole']);
});

test('R1 maxStream: a stream that never ends by itself', async () => {
  await timeouts({ request: '0s', maxStream: '700ms' });
  const unheard = await caller.call(`${AT}/delay/5000`);
  expect([unheard.status, toldBy(unheard.headers)]).toEqual([504, 'timeout; kind=max-duration; route=default:shop/lab; by=TimeoutPolicy shop/lab']);
  const dripping = await caller.call(`${AT}/drip/1000/50`);
  expect(dripping.end).not.toBe('whole');
  expect(dripping.bytes).toBeGreaterThan(0);
});

test('R1 the rule of a route is over the policy, and 0s is for ever', async () => {
  await timeouts({ request: '300ms' });
  const rules = [
    { name: 'long', matches: [{ path: { type: 'PathPrefix', value: '/delay/1000' } }], timeouts: { request: '0s' }, backendRefs: [{ name: 'lab', port: 80 }] },
    { name: 'rest', backendRefs: [{ name: 'lab', port: 80 }] },
  ];
  await applied(mesh, routeDocument('lab', 'lab', rules));
  expect((await caller.call(`${AT}/delay/1000`)).status).toBe(200);
  expect(toldBy((await caller.call(`${AT}/delay/900`)).headers)).toBe('timeout; route=shop/lab/rest; by=TimeoutPolicy shop/lab');
});
