// R6 faults: delay, abort, bandwidth; for a caller, a header, a path, a share; and their end, with no control plane.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectShare } from '../kit/binomial.ts';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { toldBy } from '../kit/reason.ts';
import { serviceDocument } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let up: Program;
let web: LabCaller;
let batch: LabCaller;
const AT = 'http://lab.shop.mesh';

beforeAll(async () => {
  mesh = TestMesh.open();
  up = await mesh.up();
  await mesh.apply([serviceDocument('lab', { app: 'lab' })]);
  await startLab(mesh, 'lab');
  web = await LabCaller.start(mesh, { name: 'web' });
  batch = await LabCaller.start(mesh, { name: 'batch', namespace: 'jobs' });
  await web.until(`${AT}/`, ({ status }) => status === 200);
  await batch.until(`${AT}/`, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const faults = (...list: readonly object[]) => applied(mesh, policyFor('FaultPolicy', 'lab', { for: '1h', faults: list }));
const status = async (caller: LabCaller, path: string, call: object = {}) => (await caller.call(AT + path, call)).status;

test('R6 abort with a status, and who did it', async () => {
  await faults({ abort: { status: 418 } });
  const answer = await web.call(`${AT}/`);
  expect([answer.status, toldBy(answer.headers)]).toEqual([418, 'fault; by=FaultPolicy shop/lab']);
});

test('R6 abort with a gRPC status', async () => {
  await faults({ abort: { grpcStatus: 14 } });
  const answer = await web.call(`${AT}/`, { method: 'POST', headers: { 'content-type': 'application/grpc', te: 'trailers' } });
  expect([answer.status, answer.headers['grpc-status']]).toEqual([200, '14']);
});

test('R6 delay', async () => {
  await faults({ delay: { fixed: '700ms' } });
  const answer = await web.call(`${AT}/`);
  expect(answer.status).toBe(200);
  expect(answer.ms).toBeGreaterThanOrEqual(700);
});

test('R6 a delay is like one of the application: a caller’s timeout ends it', async () => {
  await faults({ delay: { fixed: '30s' } });
  await applied(mesh, policyFor('TimeoutPolicy', 'lab', { request: '300ms' }));
  expect(await status(web, '/')).toBe(504);
  await applied(mesh, policyFor('TimeoutPolicy', 'lab', { request: '0s' }));
});

test('R6 bandwidth of an answer', async () => {
  await faults({ bandwidth: { kibPerSecond: 64 } });
  const answer = await web.call(`${AT}/bytes/131072`);
  expect([answer.status, answer.bytes]).toEqual([200, 131_072]);
  // 128 KiB at 64 KiB/s; the first second's worth may go out at once.
  expect(answer.ms).toBeGreaterThanOrEqual(900);
});

test('R6 a share of the requests', async () => {
  await faults({ abort: { status: 503, percent: 30 } });
  const answers = await web.many({ url: `${AT}/` }, 2000, 16);
  expectShare(answers.filter((answer) => answer.status === 503).length, 2000, 0.3);
});

test('R6 for one caller: by namespace, by account', async () => {
  await faults({ from: [{ namespace: 'jobs' }], abort: { status: 418 } });
  expect([await status(web, '/'), await status(batch, '/')]).toEqual([200, 418]);
  await faults({ from: [{ namespace: 'shop', serviceAccount: 'web' }], abort: { status: 418 } });
  expect([await status(web, '/'), await status(batch, '/')]).toEqual([418, 200]);
  const forged = { headers: { 'x-forwarded-client-cert': 'By=x;Hash=y;URI=spiffe://example.mesh/ns/shop/sa/web' } };
  expect(await status(batch, '/', forged)).toBe(200);
});

test('R6 for some requests: the first fault that matches', async () => {
  await faults(
    { match: { headers: [{ name: 'x-tester', value: 'yes' }] }, abort: { status: 418 } },
    { match: { pathPrefix: '/pay', method: 'POST' }, abort: { status: 503 } },
  );
  expect(await status(web, '/', { headers: { 'x-tester': 'yes' } })).toBe(418);
  expect(await status(web, '/', { headers: { 'x-tester': 'no' } })).toBe(200);
  const paths = ['/pay', '/pay/1', '/pay?x=1', '/payment', '/other/pay'];
  expect(await Promise.all(paths.map((path) => status(web, path, { method: 'POST' })))).toEqual([503, 503, 503, 200, 200]);
  expect(await status(web, '/pay')).toBe(200);
});

test('R6 ends by itself, and says so', async () => {
  const until = new Date(Date.now() + 6000).toISOString();
  await applied(mesh, policyFor('FaultPolicy', 'lab', { until, faults: [{ abort: { status: 418 } }] }));
  expect(await status(web, '/')).toBe(418);
  await web.until(`${AT}/`, (answer) => answer.status === 200);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until));
  const path = '/apis/weft.dev/v1alpha1/namespaces/shop/faultpolicies/lab';
  for (let n = 0, said = ''; !said.includes('WEFT1822'); n++) {
    said = JSON.stringify(await mesh.call(path));
    if (n > 250) throw new Error(said);
    await new Promise((done) => setTimeout(done, 20));
  }
});

test('R6 ends by itself while no control plane runs', async () => {
  const until = new Date(Date.now() + 8000).toISOString();
  await applied(mesh, policyFor('FaultPolicy', 'lab', { until, faults: [{ abort: { status: 418 } }] }));
  up.child.kill('SIGKILL');
  await once(up.child, 'exit');
  expect(await status(web, '/')).toBe(418);
  await web.until(`${AT}/`, (answer) => answer.status === 200);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until));
});
