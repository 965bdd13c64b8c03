// S3 who may do what, S6 dry runs, and how a denial is told: between sidecars, over HTTP and gRPC.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { toldBy } from '../kit/reason.ts';
import { serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let web: LabCaller;
let batch: LabCaller;
const AT = 'http://lab.shop.mesh';

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('lab', { app: 'lab' })]);
  await startLab(mesh, 'lab');
  [web, batch] = await Promise.all([LabCaller.start(mesh, { name: 'web' }), LabCaller.start(mesh, { name: 'batch', namespace: 'jobs' })]);
  for (const each of [web, batch]) await each.until(`${AT}/`, ({ status }) => status === 200);
});

afterAll(() => mesh[Symbol.asyncDispose]());

const allow = (rules: readonly object[], more: object = {}) =>
  applied(mesh, policyFor('AuthorizationPolicy', 'lab', { action: 'ALLOW', rules, ...more }, 'strict'));
const deny = (rules: readonly object[], more: object = {}) => applied(mesh, policyFor('AuthorizationPolicy', 'lab', { action: 'DENY', rules, ...more }, 'no'));
const forget = async (name: string): Promise<void> => {
  await mesh.call(`/apis/weft.dev/v1alpha1/namespaces/shop/authorizationpolicies/${name}`, { method: 'DELETE' });
};
const status = async (caller: LabCaller, path: string, call: object = {}) => (await caller.call(AT + path, call)).status;
const FROM_WEB = [{ source: { serviceAccounts: ['web'] } }];

describe('S3', () => {
  test('only who is allowed, and who was not is told by which policy', async () => {
    await allow([{ from: FROM_WEB }]);
    expect(await status(web, '/')).toBe(200);
    const denied = await batch.call(`${AT}/`);
    expect([denied.status, toldBy(denied.headers)]).toEqual([403, 'authz-denied; policy=shop/strict']);
  });

  test('a denied gRPC call is PERMISSION_DENIED, with its reason', async () => {
    const answer = await batch.call(`${AT}/bank.Ledger/Read`, { method: 'POST', headers: { 'content-type': 'application/grpc', te: 'trailers' } });
    expect([answer.status, answer.headers['grpc-status'], toldBy(answer.headers)]).toEqual([200, '7', 'authz-denied; policy=shop/strict']);
  });

  test('an identity is not forged with a header', async () => {
    const forged = { headers: { 'x-forwarded-client-cert': 'By=x;Hash=y;URI=spiffe://example.mesh/ns/shop/sa/web' } };
    expect(await status(batch, '/', forged)).toBe(403);
  });

  test('DENY comes first, and names its policy', async () => {
    await deny([{ name: 'pages', to: [{ operation: { paths: ['/admin', '/admin/*'] } }] }]);
    expect(await status(web, '/')).toBe(200);
    for (const path of ['/admin', '/admin/x', '//admin', '/x/../admin', '/%61dmin', '/admin?x=1', '/./admin', '/x%2F..%2Fadmin', '/x%5c..%5cadmin']) {
      const denied = await web.call(AT + path);
      expect([path, denied.status], JSON.stringify(denied)).toEqual([path, 403]);
      expect(toldBy(denied.headers)).toMatch(/^authz-denied; policy=(shop\/no|weft\/ambiguous-path)$/);
    }
    await forget('no');
  });

  test('each value of a header that is sent several times is compared', async () => {
    await deny([{ when: [{ key: 'request.headers[x-role]', values: ['admin'] }] }]);
    expect(await status(web, '/', { headers: { 'x-role': 'user' } })).toBe(200);
    for (const roles of [['admin'], ['user', 'admin'], ['admin', 'user'], ['a', 'admin', 'b']]) {
      expect([roles, await status(web, '/', { headers: { 'x-role': roles } })]).toEqual([roles, 403]);
    }
    await forget('no');
  });

  test('what explain proposes allows exactly this, and nothing else', async () => {
    const told = await mesh.run(['explain', '--from', 'jobs/batch', '--to', 'lab.shop', '--path', '/pay']);
    expect([told.code, told.stdout]).toEqual([1, expect.stringContaining('denied at lab (inbound): no rule of ALLOW shop/strict is about it')]);
    const command = /to allow exactly this: {2}weft (.*) {3}\(/.exec(told.stdout)?.[1] ?? '';
    const shown = await mesh.run(command.split(' '));
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('- /pay\n')]);
    expect(await status(batch, '/pay')).toBe(403);
    expect((await mesh.run([...command.split(' '), '--apply'])).code).toBe(0);
    await batch.until(`${AT}/pay`, (answer) => answer.status === 200);
    expect(await status(batch, '/other')).toBe(403);
    expect(await status(batch, '/pay', { method: 'POST' })).toBe(403);
    expect((await mesh.run(['explain', '--from', 'jobs/batch', '--to', 'lab.shop', '--path', '/pay'])).stdout).toContain('ALLOW "shop/lab-from-jobs-batch"');
    await forget('lab-from-jobs-batch');
    await batch.until(`${AT}/pay`, (answer) => answer.status === 403);
  });

  test('an ALLOW policy without rules denies everybody; without policies everybody may', async () => {
    await allow([]);
    expect(await status(web, '/')).toBe(403);
    await forget('strict');
    await web.until(`${AT}/`, (answer) => answer.status === 200);
    await batch.until(`${AT}/`, (answer) => answer.status === 200);
  });

  test('S6 a dry run denies nothing', async () => {
    await allow([], { enforcement: 'DryRun' });
    await deny([{}], { enforcement: 'DryRun' });
    expect([await status(web, '/'), await status(batch, '/')]).toEqual([200, 200]);
    await Promise.all([forget('strict'), forget('no')]);
  });

  test('AUDIT only records', async () => {
    await applied(mesh, policyFor('AuthorizationPolicy', 'lab', { action: 'AUDIT', rules: [{}] }, 'watch'));
    expect(await status(batch, '/')).toBe(200);
    await forget('watch');
  });
});
