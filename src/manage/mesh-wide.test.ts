// S-14: nobody decides for other namespaces with what he may do in his own, by whichever way it is written.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';
import { KINDS } from '../policy/index.ts';

let api: TestApi;
let tenant: string;
beforeAll(async () => {
  api = await openTestApi();
  tenant = await makeUser(api, 'tenant');
  await bind(api, 'tenant', 'admin', 'shop');
});
afterAll(async () => api[Symbol.asyncDispose]());

const policy = (kind: string, target: object, spec: object = {}) => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind,
  metadata: { name: 'wide', namespace: 'shop' },
  spec: { targetRefs: [target], ...spec },
});
const MESH = { kind: 'Mesh', name: 'default' };
const as = (authorization: string) => (method: string, path: string, body: unknown, type?: string) =>
  api.call(method, path, { body, headers: { authorization }, ...(type === undefined ? {} : { type }) });
const timeouts = (name = '') => `/apis/weft.dev/v1alpha1/namespaces/shop/timeoutpolicies${name}`;
const timeout = (target: object, request = '1s') => policy('TimeoutPolicy', target, { request });

test('S-14 a policy for the whole mesh needs what writing the Mesh needs', async () => {
  const ask = as(tenant);
  const wide = timeout(MESH);
  const apply = (documents: readonly object[]) => ask('POST', '/weft/v1/apply', { documents });
  const refused = [
    await ask('POST', timeouts(), wide),
    await apply([wide]),
    await apply([timeout({ kind: 'Namespace', name: 'shop' }), { ...wide, metadata: { ...wide.metadata, name: 'second' } }]),
    await ask('POST', '/weft/v1/effect', { documents: [wide] }),
    await ask('POST', timeouts(), timeout({ kind: 'Service', name: 'web' }, '1s')).then(() =>
      ask('PATCH', timeouts('/wide'), { spec: { targetRefs: [MESH] } }, 'application/merge-patch+json'),
    ),
    await ask('PUT', timeouts('/wide'), wide),
  ];
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
  expect(refused[0]?.body.message).toBe(
    'TimeoutPolicy shop/wide is for the whole mesh, and user "tenant" may not update meshes.weft.dev "default": name the Namespace, or a Service, as its target',
  );
  expect((await ask('POST', '/weft/v1/rollback', { kind: 'TimeoutPolicy', namespace: 'shop', name: 'wide' })).status).toBe(404);
});

test('S-14 every kind that can have the Mesh for a target; the way back to such a one; who may write the Mesh may', async () => {
  const admin = as(`Bearer ${api.token}`);
  for (const { kind } of KINDS.filter((each) => each.attaches && each.group === 'weft.dev')) {
    const { status, body } = await as(tenant)('POST', '/weft/v1/apply', { documents: [policy(kind, MESH)] });
    expect([kind, status < 300 ? body : status]).toEqual([kind, expect.toSatisfy((each: unknown) => each === 403 || each === 422)]);
  }
  expect((await admin('PUT', timeouts('/wide'), timeout(MESH))).status).toBe(200);
  expect((await admin('PUT', timeouts('/wide'), timeout({ kind: 'Service', name: 'web' }))).status).toBe(200);
  expect((await as(tenant)('POST', '/weft/v1/rollback', { kind: 'TimeoutPolicy', namespace: 'shop', name: 'wide' })).status).toBe(403);
  expect((await admin('PUT', timeouts('/wide'), timeout(MESH))).status).toBe(200);
  const label = { metadata: { labels: { team: 'web' } } };
  expect((await as(tenant)('PATCH', timeouts('/wide'), label, 'application/merge-patch+json')).status).toBe(200);
  expect((await as(tenant)('PATCH', timeouts('/wide'), { spec: { request: '9s' } }, 'application/merge-patch+json')).status).toBe(403);
});
