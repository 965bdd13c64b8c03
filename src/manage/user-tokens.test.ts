import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { handClock } from '../../test/contract/store-kit.ts';
import { openTestApi } from '../../test/kit/manage-api.ts';

test('a token is shown once, kept as a digest, listed without it, and dies when it expires or is revoked', async () => {
  const clock = handClock();
  await using api = await openTestApi({ clock });
  const made = await api.call('POST', '/weft/v1/users/tokens', { body: { user: 'ann', groups: ['ops'], ttlSeconds: 60 } });
  const { token } = made.body;
  expect(token).toMatch(/^weft_[a-f0-9]{10}_[A-Za-z0-9_-]{43}$/);
  const who = async (given = token): Promise<readonly unknown[]> => {
    const { status, body } = await api.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: {},
      headers: { authorization: `Bearer ${given}` },
    });
    return status === 201 ? [status, body.status] : [status, body.message];
  };
  expect(await who()).toEqual([201, { userInfo: { username: 'ann', groups: ['ops', 'system:authenticated'] } }]);
  expect((await who(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`))[0]).toBe(401);
  const list = await api.call('GET', '/weft/v1/users/tokens');
  expect(list.body.items).toMatchObject([{ user: 'ann', groups: ['ops'], createdBy: 'admin' }]);
  const secret = token.slice(-43);
  expect(JSON.stringify(list.body)).not.toContain(secret);
  for (const file of ['weft.db', 'weft.db-wal']) expect(readFileSync(join(api.folder, file)).includes(secret)).toBe(false);
  clock.advance(60_000);
  expect(await who()).toEqual([401, expect.stringContaining('expired at')]);
  const second = await api.call('POST', '/weft/v1/users/tokens', { body: { user: 'bob' } });
  const id = second.body.token.split('_')[1] ?? '';
  expect((await who(second.body.token))[0]).toBe(201);
  expect((await api.call('DELETE', `/weft/v1/users/tokens/${id}`)).status).toBe(200);
  expect(await who(second.body.token)).toEqual([401, expect.stringContaining('revoked')]);
  expect((await api.call('DELETE', `/weft/v1/users/tokens/${id}`)).status).toBe(404);
  expect((await api.call('POST', '/weft/v1/users/tokens', { body: { user: 'ann', ttlSeconds: 366 * 24 * 3600 + 1 } })).status).toBe(400);
});

test('can-i: what a role gives, in Kubernetes’ words', async () => {
  await using api = await openTestApi();
  const { body } = await api.call('POST', '/weft/v1/users/tokens', { body: { user: 'ann' } });
  const binding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'ann', namespace: 'shop' } };
  const subjects = [{ kind: 'User', name: 'ann' }];
  await api.call('POST', '/weft/v1/apply', { body: { documents: [{ ...binding, subjects, roleRef: { kind: 'ClusterRole', name: 'view' } }] } });
  const headers = { authorization: `Bearer ${body.token}` };
  const can = async (resourceAttributes: object): Promise<unknown> => {
    const reply = await api.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body: { spec: { resourceAttributes } }, headers });
    return (reply.body.status as { allowed: boolean }).allowed;
  };
  expect(await can({ verb: 'get', resource: 'services', namespace: 'shop' })).toBe(true);
  expect(await can({ verb: 'get', resource: 'services' })).toBe(false);
  expect(await can({ verb: 'delete', resource: 'services', namespace: 'shop' })).toBe(false);
  expect(await can({ verb: 'get', group: 'weft.dev', resource: 'proxies', subresource: 'config', namespace: 'shop' })).toBe(true);
  const rules = await api.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { body: { spec: { namespace: 'shop' } }, headers });
  expect(JSON.stringify(rules.body.status)).toContain('"services"');
});
