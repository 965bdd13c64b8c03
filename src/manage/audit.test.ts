import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTestApi, SERVICES, serviceBody } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';
import type { AuditRecord } from '../store/index.ts';

const SECRETS = '/api/v1/namespaces/shop/secrets';
const SECRET = 'hunter2-very-secret';
const secret = (name: string): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { password: SECRET } });
const merge = 'application/merge-patch+json';

test('1,000 random operations are 1,000 records, the chain holds, and no secret is in it', { timeout: 120_000 }, async () => {
  await using api = await openTestApi({ flood: { burst: 1e6, perSecond: 1e6 } });
  const authorization = await makeUser(api, 'ann');
  await bind(api, 'ann', 'view', 'shop');
  const before = api.store.auditRecords({ limit: 1000 }).length;
  const name = (): string => `x${randomInt(20)}`;
  const body = (): object => serviceBody(name(), {}, { namespace: 'shop', labels: { n: String(randomInt(1e9)) } });
  const operations: readonly (() => Promise<{ readonly status: number }>)[] = [
    () => api.call('POST', SERVICES, { body: body() }),
    () => api.call('PATCH', `${SERVICES}/${name()}`, { body: { metadata: { labels: { n: String(randomInt(1e9)) } } }, type: merge }),
    () => api.call('DELETE', `${SERVICES}/${name()}`),
    () => api.call('PUT', `${SERVICES}/${name()}`, { body: { spec: 'wrong' } }),
    () => api.call('POST', '/weft/v1/apply', { body: { documents: [body()] } }),
    () => api.call('POST', '/weft/v1/apply', { body: { documents: [{ kind: 'Nothing' }] } }),
    () => api.call('POST', SERVICES, { body: body(), headers: { authorization } }),
    () => api.call('POST', SECRETS, { body: secret(name()) }),
    () => api.call('GET', SECRETS),
    () => api.call('GET', `${SECRETS}/${name()}`),
    () => api.call('POST', '/weft/v1/tokens', { body: { namespace: 'shop', serviceAccount: 'web' } }),
    () => api.call('POST', '/weft/v1/users/tokens', { body: { user: 'bob' }, headers: { authorization } }),
  ];
  const statuses = new Set<number>();
  for (let done = 0; done < 1000; done += 20) {
    const some = Array.from({ length: 20 }, () => operations[randomInt(operations.length)]?.());
    for (const reply of await Promise.all(some)) statuses.add(reply?.status ?? 0);
  }
  expect([...statuses].sort()).toEqual([200, 201, 403, 404, 409, 422]);
  const records: AuditRecord[] = [];
  for (let page = api.store.auditRecords({ limit: 400 }); page.length > 0; page = api.store.auditRecords({ limit: 400, before: records.at(-1)?.seq ?? 0 }))
    records.push(...page);
  expect(records.length - before).toBe(1000);
  expect(api.store.verifyAudit()).toMatchObject({ ok: true, records: records.length });
  expect(JSON.stringify(records)).not.toContain(SECRET);
  for (const file of ['weft.db', 'weft.db-wal']) expect(readFileSync(join(api.folder, file)).includes(`"who":"${SECRET}`)).toBe(false);
  const changed = records.find(({ verb, result, what }) => verb === 'update' && result === 'done' && what.startsWith('Service/'));
  expect(changed).toMatchObject({
    who: expect.stringMatching(/^admin \(/),
    before: expect.stringMatching(/^[0-9a-f]{32}$/),
    after: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(changed?.before).not.toBe(changed?.after);
});

test('what is recorded of refusals, of secrets that are read, and of tokens', async () => {
  await using api = await openTestApi();
  const authorization = await makeUser(api, 'ann', ['ops']);
  await bind(api, 'ann', 'edit', 'shop');
  const ann = { headers: { authorization } };
  await api.call('DELETE', '/apis/weft.dev/v1alpha1/meshes/default', ann);
  await api.call('POST', SECRETS, { body: secret('a'), ...ann });
  await api.call('GET', `${SECRETS}/a`, ann);
  await api.call('PATCH', `${SECRETS}/a?dryRun=All`, { body: {}, type: merge, ...ann });
  await api.call('POST', '/weft/v1/apply', { body: { documents: [serviceBody('web', {}, { namespace: 'b' })] }, ...ann });
  await api.call('GET', '/weft/v1/status', ann);
  const list = await api.call('GET', '/weft/v1/audit?limit=5');
  const seen = (list.body.items as unknown as AuditRecord[]).map(({ who, verb, what, namespace, result }) => [
    who.split(' ')[0],
    verb,
    what,
    namespace,
    result,
  ]);
  expect(seen).toEqual([
    ['ann', 'apply', '/weft/v1/apply', '', '403 Forbidden'],
    ['ann', 'dry-run', 'Secret/shop/a', 'shop', 'read'],
    ['ann', 'get', 'Secret/shop/a', 'shop', 'read'],
    ['ann', 'create', 'Secret/shop/a', 'shop', 'done'],
    ['ann', 'delete', 'weft.dev/Mesh/default', '', '403 Forbidden'],
  ]);
  const all = JSON.stringify(api.store.auditRecords({ limit: 100 }));
  expect(all).toMatch(/user token [0-9a-f]{10} of ann \(ops\)/);
  expect(all).not.toContain(authorization.slice(-43));
  expect((await api.call('GET', '/weft/v1/audit', ann)).status).toBe(403);
  expect((await api.call('GET', '/weft/v1/audit?namespace=shop', ann)).status).toBe(403);
  await bind(api, 'ann', 'admin', 'shop');
  const own = await api.call('GET', '/weft/v1/audit?namespace=shop', ann);
  expect((own.body.items as unknown as AuditRecord[]).every(({ namespace }) => namespace === 'shop')).toBe(true);
  expect((await api.call('GET', '/weft/v1/audit/verdict', ann)).status).toBe(403);
  expect((await api.call('GET', '/weft/v1/audit/verdict')).body).toMatchObject({ ok: true });
});
