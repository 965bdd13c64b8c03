// S5: external authorizers, Services of the mesh, over gRPC and HTTP: one, several, what they are told and tell, and what holds while they are away.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applied, LabCaller, policyFor } from '../kit/lab.ts';
import { toldBy } from '../kit/reason.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let web: LabCaller;
let authorizer: Program;
const AT = 'http://ledger.shop.mesh/';
const ROOM = '/apis/weft.dev/v1alpha1/namespaces/shop/externalauthorizationpolicies';

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  const ports = [
    { name: 'grpc', port: 9000, appProtocol: 'grpc' },
    { name: 'http', port: 9001, appProtocol: 'http' },
  ];
  const guard = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'guard', namespace: 'shop' }, spec: { selector: { app: 'guard' }, ports } };
  await mesh.apply([serviceDocument('ledger', { app: 'ledger' }), guard]);
  await startApp(mesh, { service: 'ledger' });
  const flags = ['--service', 'guard', '--namespace', 'shop', '--port', '9000', '--port', '9001'];
  authorizer = mesh.weft(['run', ...flags, '--', process.execPath, join(import.meta.dirname, '../kit/authorizer.ts')]);
  await Promise.all([authorizer.printed(/authorizer is ready/), authorizer.printed(/ready in/)]);
  web = await LabCaller.start(mesh, { name: 'web' });
  await web.until(AT, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const ask = (headers: Readonly<Record<string, string>> = {}, body = '') => web.call(AT, { headers, ...(body === '' ? {} : { method: 'POST', body }) });
const over = (name: string, spec: object) => applied(mesh, policyFor('ExternalAuthorizationPolicy', 'ledger', spec, name));
const grpc = { protocol: 'GRPC', service: { name: 'guard', port: 9000 } };
const http = { protocol: 'HTTP', service: { name: 'guard', port: 9001 } };

describe('over gRPC', () => {
  test('S5 it decides, answers in its own words, and knows who calls', async () => {
    await over('grpc', grpc);
    const passed = await web.until(AT, ({ body }) => body.includes('x-principal'));
    expect(passed.body).toContain('"x-principal":"spiffe://example.mesh/ns/shop/sa/web"');
    const denied = await ask({ 'x-grpc': 'no' });
    expect([denied.status, denied.body, denied.headers['x-denied-by'], toldBy(denied.headers)]).toEqual([
      409,
      'no, says gRPC',
      'grpc',
      expect.stringMatching(/^ext-authz-denied; by=ExternalAuthorizationPolicy shop\/grpc; /),
    ]);
  });

  test('S5 it is told what the policy allows, and the body up to a size', async () => {
    await over('grpc', { ...grpc, grpc: { allowedHeaders: ['x-say-this', 'x-grpc'] }, forwardBody: { maxSize: 8, allowPartial: true } });
    const say = { 'x-say-this': '1', 'x-say-not-this': '1' };
    const { body } = await web.until(AT, (answer) => answer.body.includes('"x-told":"x-say-this"'), { headers: say });
    expect(body).toContain('"x-told":"x-say-this"');
    expect((await ask({}, 'twelve bytes')).body).toContain('"x-body":"twelve b"');
  });
});

describe('several', () => {
  test('S5 all of them must agree', async () => {
    await over('http', { ...http, http: { path: '/check', allowedHeaders: ['x-http'], allowedResponseHeaders: ['x-path'] } });
    const passed = await web.until(AT, ({ body }) => body.includes('"x-path":"/check/"'));
    expect(passed.body).toContain('x-principal');
    expect(passed.body).not.toContain('x-secret');
    const denied = await ask({ 'x-http': 'no' });
    expect([denied.status, denied.body, denied.headers['www-authenticate']]).toEqual([401, 'no, says HTTP', 'Basic']);
    expect((await ask({ 'x-grpc': 'no' })).status).toBe(409);
    expect((await ask({ 'x-grpc': 'no', 'x-http': 'no' })).status).toBeGreaterThan(400);
  });
});

describe('away', () => {
  test('S5 nobody is let in, unless the policy says so', async () => {
    authorizer.child.kill('SIGTERM');
    const { headers } = await web.until(AT, ({ status }) => status === 403);
    expect(toldBy(headers)).toMatch(/^ext-authz-unavailable; by=ExternalAuthorizationPolicy shop\/grpc, /);
    await over('http', { ...http, failureMode: 'Allow' });
    await over('grpc', { ...grpc, failureMode: 'Allow' });
    await web.until(AT, ({ status }) => status === 200);
  });

  test('S5 an authorizer that does not exist lets nobody in, and is said', async () => {
    await over('grpc', { ...grpc, service: { name: 'nobody', port: 9000 } });
    await web.until(AT, ({ status }) => status === 403);
    const told = await eventually('the status', async () => {
      const { status } = await mesh.call<{ status?: { conditions?: readonly { message: string }[] } }>(`${ROOM}/grpc`);
      return status?.conditions?.find(({ message }) => message.includes('WEFT2161'))?.message;
    });
    expect(told).toContain('Service shop/nobody does not exist');
    for (const name of ['grpc', 'http']) await mesh.call(`${ROOM}/${name}`, { method: 'DELETE' });
    await web.until(AT, ({ status }) => status === 200);
  });
});
