import { expect, test } from 'vitest';
import { openTestApi, ROUTES, routeBody, SERVICES, serviceBody, type TestApi } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';
import type { ChangesView } from '../api/index.ts';

const merge = 'application/merge-patch+json';
const changesOf = async (api: TestApi, query = '', headers: Readonly<Record<string, string>> = {}): Promise<ChangesView> =>
  (await api.call('GET', `/weft/v1/changes${query}`, { headers })).body as unknown as ChangesView;

const rule = (request: string): object => ({ name: 'all', timeouts: { request }, backendRefs: [{ name: 'web', port: 80 }] });

test('who changed what, and from what to what', async () => {
  await using api = await openTestApi();
  await api.call('POST', SERVICES, { body: serviceBody('web') });
  await api.call('POST', ROUTES, { body: routeBody('web', [rule('2s')]) });
  await api.call('PUT', `${ROUTES}/web`, { body: routeBody('web', [rule('5s')]) });
  await api.call('PUT', `${ROUTES}/web`, { body: routeBody('web', [rule('5s')]) });
  await api.call('PATCH', `${SERVICES}/web`, { body: { metadata: { annotations: { 'weft.dev/note': 'ours' } } }, type: merge });
  await api.call('DELETE', `${SERVICES}/web`);
  const { items, more } = await changesOf(api);
  expect(more).toBe(false);
  expect(items.map(({ verb, what, summary }) => [verb, `${what.group}/${what.kind} ${what.namespace}/${what.name}`, summary])).toEqual([
    ['delete', '/Service shop/web', 'deleted'],
    ['update', 'gateway.networking.k8s.io/HTTPRoute shop/web', 'spec.rules[0].timeouts.request: "2s" → "5s"'],
    ['create', 'gateway.networking.k8s.io/HTTPRoute shop/web', 'created'],
    ['create', '/Service shop/web', 'created'],
  ]);
  expect(items[1]).toMatchObject({
    who: expect.stringMatching(/^admin \(/),
    fields: [{ path: 'spec.rules[0].timeouts.request', before: '"2s"', after: '"5s"' }],
  });
  expect(items.every(({ revision, seq, at }) => revision > 0 && seq > 0 && Date.parse(at) > 0)).toBe(true);
  expect((await changesOf(api, '?kind=service&limit=1')).items.map(({ verb }) => verb)).toEqual(['delete']);
  expect((await changesOf(api, '?limit=1')).more).toBe(true);
  expect((await changesOf(api, `?since=${Date.now() + 60_000}`)).items).toEqual([]);
  expect((await changesOf(api, '?since=10m&namespace=other')).items).toEqual([]);
  expect((await api.call('GET', '/weft/v1/changes?since=soon')).status).toBe(400);
  expect(api.store.verifyAudit()).toMatchObject({ ok: true });
});

test('a Secret’s change says where, never what; and is told to nobody who may not see Secrets', async () => {
  await using api = await openTestApi();
  const secret = (password: string): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: 'shop' }, stringData: { password } });
  for (const password of ['hunter2-old', 'hunter2-new']) await api.call('POST', '/weft/v1/apply', { body: { documents: [secret(password)] } });
  const all = await changesOf(api, '?namespace=shop');
  expect(all.items.map(({ verb, summary }) => [verb, summary])).toEqual([
    ['update', 'spec.data.password'],
    ['create', 'created'],
  ]);
  expect(JSON.stringify(all)).not.toMatch(/hunter2|aHVudGVy/);
  const authorization = await makeUser(api, 'ann');
  await bind(api, 'ann', 'view', 'shop');
  await api.call('POST', SERVICES, { body: serviceBody('web') });
  expect((await changesOf(api, '?namespace=shop', { authorization })).items.map(({ what }) => what.kind)).toEqual(['Service']);
  expect((await api.call('GET', '/weft/v1/changes', { headers: { authorization } })).status).toBe(403);
  expect((await api.call('GET', '/weft/v1/changes?namespace=pay', { headers: { authorization } })).status).toBe(403);
});

test('when history no longer has the values, the places are still told', async () => {
  await using api = await openTestApi({ historyLimit: 2 });
  await api.call('POST', ROUTES, { body: routeBody('web', [rule('2s')]) });
  await api.call('PUT', `${ROUTES}/web`, { body: routeBody('web', [rule('5s')]) });
  for (let n = 0; n < 10; n++) await api.call('POST', SERVICES, { body: serviceBody(`s${n}`) });
  const { items } = await changesOf(api, '?kind=HTTPRoute');
  expect(items.map(({ summary }) => summary)).toEqual(['spec.rules[0].timeouts.request', 'created']);
});
