// S3 on TCP: who may not connect hears nothing, also of a server that speaks first, and whoever may no longer is disconnected.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, LabCaller, policyFor } from '../kit/lab.ts';
import { eventually } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let web: LabCaller;
let batch: LabCaller;
const HOST = 'bank.shop.mesh';

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  const bank = ['run', '--service', 'bank', '--namespace', 'shop', '--port', '8080', '--protocol', 'tcp', '--drain', '2s'];
  await mesh.weft([...bank, '--', process.execPath, join(import.meta.dirname, '../kit/lab-tcp.js')]).printed(/ready in/);
  [web, batch] = await Promise.all([LabCaller.start(mesh, { name: 'web' }), LabCaller.start(mesh, { name: 'batch', namespace: 'jobs' })]);
  for (const each of [web, batch]) await eventually('everybody may', async () => ((await heard(each)) === 'hello\n' ? true : undefined));
});

afterAll(() => mesh[Symbol.asyncDispose]());

let calls = 0;

/** What the server says by itself on a new connection; '' when it says nothing. */
async function heard(caller: LabCaller): Promise<string> {
  const name = `c${calls++}`;
  const { got } = await caller.dial(name, HOST, 8080);
  await caller.hangUp(name);
  return got;
}

const allow = (rules: readonly object[]) => applied(mesh, policyFor('AuthorizationPolicy', 'bank', { action: 'ALLOW', rules }));
const accounts = (...serviceAccounts: readonly string[]) => [{ from: [{ source: { serviceAccounts } }] }];

test('only who is on the list hears the server, and an open connection of whoever is taken off it ends', async () => {
  const standing = await web.dial('standing', HOST, 8080);
  expect(standing.got).toBe('hello\n');
  await allow(accounts('web'));
  expect([await heard(web), await heard(batch)]).toEqual(['hello\n', '']);
  await allow(accounts('jobs/batch'));
  expect([await heard(web), await heard(batch)]).toEqual(['', 'hello\n']);
  // The chain that it came by has gone: after the drain time its connections are closed.
  expect((await web.closed('standing')).closed).toBe(true);
});

test('a namespace as a whole, and everybody who has shown a certificate', async () => {
  await allow([{ from: [{ source: { namespaces: ['jobs'] } }] }]);
  expect([await heard(web), await heard(batch)]).toEqual(['', 'hello\n']);
  await allow([{ from: [{ source: { principals: ['*'] } }] }]);
  expect([await heard(web), await heard(batch)]).toEqual(['hello\n', 'hello\n']);
});

test('DENY takes callers off the list', async () => {
  await allow(accounts('web', 'jobs/batch'));
  await applied(mesh, policyFor('AuthorizationPolicy', 'bank', { action: 'DENY', rules: accounts('jobs/batch') }, 'no-batch'));
  expect([await heard(web), await heard(batch)]).toEqual(['hello\n', '']);
});

test('a DENY rule about requests denies every connection of its callers, an ALLOW rule about requests is about none', async () => {
  await applied(
    mesh,
    policyFor('AuthorizationPolicy', 'bank', { action: 'DENY', rules: [{ ...accounts('web')[0], to: [{ operation: { methods: ['DELETE'] } }] }] }, 'no-batch'),
  );
  expect([await heard(web), await heard(batch)]).toEqual(['', 'hello\n']);
  await allow([{ to: [{ operation: { methods: ['GET'] } }] }]);
  expect([await heard(web), await heard(batch)]).toEqual(['', '']);
});

test('what no list can say is asked with the first byte: nothing that a caller says gets through', async () => {
  await applied(mesh, policyFor('AuthorizationPolicy', 'bank', { action: 'DENY', rules: [{ from: [{ source: { namespaces: ['jobs'] } }] }] }, 'no-batch'));
  await allow([{}]);
  const said = async (caller: LabCaller): Promise<boolean> => {
    const name = `s${calls++}`;
    await caller.dial(name, HOST, 8080, 'transfer\n');
    const { got } = await caller.closed(name);
    return got.includes('transfer');
  };
  expect(await said(batch)).toBe(false);
  expect(await heard(web)).toBe('hello\n');
});
