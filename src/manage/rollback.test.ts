// D-09: back by one call.
import { expect, test } from 'vitest';
import { openTestApi, ROUTES, routeBody, SERVICES, serviceBody, type TestApi } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';
import type { RollbackRequest, RollbackView, VersionsView } from '../api/index.ts';
import type { Document } from '../model/index.ts';

type Headers = Readonly<Record<string, string>>;
const back = async (api: TestApi, body: RollbackRequest, headers: Headers = {}) => {
  const reply = await api.call('POST', '/weft/v1/rollback', { body, headers });
  return { status: reply.status, message: reply.body.message, view: reply.body as unknown as RollbackView };
};
const rule = (request: string): object => ({ name: 'all', timeouts: { request }, backendRefs: [{ name: 'web', port: 80 }] });
const route = async (api: TestApi, request: string): Promise<number> =>
  Number((await api.call('POST', '/weft/v1/apply', { body: { documents: [{ ...routeBody('web', [rule(request)]) }] } })) && api.store.revision);
const timeout = async (api: TestApi): Promise<unknown> => JSON.stringify((await api.call('GET', `${ROUTES}/web`)).body.spec).match(/"request":"(\w+)"/)?.[1];
const WEB = { kind: 'HTTPRoute', namespace: 'shop', name: 'web' } as const;

test('one document: the version before, any earlier one, what was deleted; rehearsed first, and never over what nobody saw', async () => {
  await using api = await openTestApi({ historyLimit: 2 });
  await api.call('POST', SERVICES, { body: serviceBody('web') });
  const first = await route(api, '2s');
  for (const request of ['3s', '4s', '5s']) await route(api, request);
  const rehearsal = await back(api, { ...WEB, dryRun: true });
  expect(rehearsal.view).toMatchObject({
    dryRun: true,
    documents: [{ result: 'restored', fields: [{ path: 'spec.rules[0].timeouts.request', before: '"5s"', after: '"4s"' }] }],
  });
  expect(await timeout(api)).toBe('5s');
  await route(api, '6s');
  expect(await back(api, { ...WEB, basis: rehearsal.view.basis })).toMatchObject({ status: 409, message: expect.stringContaining('look at it again') });
  expect(await back(api, WEB)).toMatchObject({ status: 200, view: { documents: [{ result: 'restored' }] } });
  expect(await timeout(api)).toBe('5s');
  expect((await back(api, { ...WEB, to: first })).view.documents).toMatchObject([{ to: first, result: 'restored' }]);
  expect(await timeout(api)).toBe('2s');
  expect((await back(api, { ...WEB, to: api.store.revision })).view.documents).toMatchObject([{ result: 'unchanged' }]);
  await api.call('DELETE', `${ROUTES}/web`);
  expect((await back(api, WEB)).view.documents).toMatchObject([{ result: 'created' }]);
  expect(await timeout(api)).toBe('2s');
  expect(await back(api, { ...WEB, to: 1 })).toMatchObject({ status: 404, message: expect.stringContaining('has no version of revision 1 any more') });
  const { items } = (await api.call('GET', '/weft/v1/versions?kind=HTTPRoute&namespace=shop&name=web')).body as unknown as VersionsView;
  expect(items.map(({ deleted }) => deleted).slice(0, 3)).toEqual([false, true, false]);
  expect(items[0]?.who).toMatch(/^admin/);
  const log = JSON.stringify(api.store.auditRecords({ limit: 50 }));
  expect(log).toContain(`"verb":"rollback","what":"HTTPRoute/shop/web to revision ${first}"`);
  expect(log).toContain('rehearsed: HTTPRoute/shop/web to revision');
  expect(api.store.verifyAudit()).toMatchObject({ ok: true });
});

test('ten versions of a document are kept, whatever else was written since', async () => {
  await using api = await openTestApi({ historyLimit: 2 });
  await api.call('POST', SERVICES, { body: serviceBody('web') });
  for (let n = 1; n <= 14; n++) await route(api, `${n}s`);
  for (let n = 0; n < 10; n++) await api.call('POST', SERVICES, { body: serviceBody(`s${n}`) });
  const { items } = (await api.call('GET', '/weft/v1/versions?kind=HTTPRoute&namespace=shop&name=web')).body as unknown as VersionsView;
  expect(items).toHaveLength(11);
  await back(api, { ...WEB, to: items.at(-1)?.revision ?? 0 });
  expect(await timeout(api)).toBe('4s');
});

test('an apply of several documents is undone as a whole: what it made goes, what it changed is as before, what it deleted comes back', async () => {
  await using api = await openTestApi();
  await api.call('POST', SERVICES, { body: serviceBody('web') });
  await route(api, '2s');
  const named = (name: string): object => ({ ...serviceBody(name), metadata: { name, namespace: 'shop' } });
  const documents = [named('web'), named('extra'), routeBody('web', [rule('9s')])];
  await api.call('POST', '/weft/v1/apply', { body: { documents } });
  const change = api.store.revision;
  const undone = await back(api, { change });
  expect(undone.view.documents.map(({ what, result }) => [what.kind, what.name, result]).sort()).toEqual([
    ['HTTPRoute', 'web', 'restored'],
    ['Service', 'extra', 'deleted'],
  ]);
  expect([await timeout(api), (await api.call('GET', `${SERVICES}/extra`)).status, (await api.call('GET', `${SERVICES}/web`)).status]).toEqual([
    '2s',
    404,
    200,
  ]);
  // and the undoing is a change like any other
  expect(await back(api, { change: api.store.revision })).toMatchObject({ status: 200 });
  expect([await timeout(api), (await api.call('GET', `${SERVICES}/extra`)).status]).toEqual(['9s', 200]);
  await route(api, '10s');
  expect(await back(api, { change })).toMatchObject({ status: 409, message: expect.stringMatching(/HTTPRoute shop\/web was changed since, by admin/) });
  expect((await back(api, { change: 1_000_000 })).status).toBe(404);
});

test('nobody comes to see or change by this way what he may not; values of a Secret are not told', async () => {
  await using api = await openTestApi();
  const secret = (password: string): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: 'shop' }, stringData: { password } });
  for (const password of ['hunter2-old', 'hunter2-new']) await api.call('POST', '/weft/v1/apply', { body: { documents: [secret(password)] } });
  await api.call('POST', SERVICES, { body: serviceBody('web') });
  await route(api, '2s');
  await route(api, '3s');
  const viewer = { authorization: await makeUser(api, 'ann') };
  await bind(api, 'ann', 'view', 'shop');
  const stranger = { authorization: await makeUser(api, 'bob') };
  expect((await back(api, { ...WEB, dryRun: true }, viewer)).status).toBe(403);
  expect((await back(api, { change: api.store.revision }, stranger)).status).toBe(403);
  expect((await back(api, { ...WEB, kind: 'Secret', name: 'keys' }, viewer)).status).toBe(403);
  expect((await api.call('GET', '/weft/v1/versions?kind=Secret&namespace=shop&name=keys', { headers: viewer })).status).toBe(403);
  expect((await api.call('GET', '/weft/v1/versions?kind=HTTPRoute&namespace=shop&name=web', { headers: viewer })).status).toBe(200);
  const restored = await back(api, { kind: 'Secret', namespace: 'shop', name: 'keys' });
  expect([restored.status, JSON.stringify(restored.view)]).toEqual([200, expect.not.stringMatching(/hunter2|aHVudGVy/)]);
  const now = (await api.call('GET', '/api/v1/namespaces/shop/secrets/keys')).body as unknown as { readonly data: { readonly password: string } };
  expect(Buffer.from(now.data.password, 'base64').toString()).toBe('hunter2-old');
  expect((await back(api, { kind: 'HTTPRote', name: 'web' })).status).toBe(400);
});

test('what is an object of a kube cluster is rolled back there', async () => {
  await using api = await openTestApi({ mirrored: true });
  const document = { ...routeBody('web', [rule('2s')]), apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' } as unknown as Document;
  for (const request of ['2s', '3s'])
    await api.store.write(
      [{ kind: 'put', document: { ...document, metadata: { name: 'web', namespace: 'shop', labels: {}, annotations: { n: request } } } }],
      'cluster',
    );
  const refusal = await back(api, WEB);
  expect(refusal).toMatchObject({ status: 422, message: expect.stringContaining('WEFT2400') });
  expect(refusal.message).toContain('kubectl');
});
