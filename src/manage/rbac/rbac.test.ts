import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, type Reply, type TestApi } from '../../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../../test/kit/users.ts';
import type { PolicyRule } from '../../model/index.ts';
import { ruleAllows, uncovered } from './rules.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const rule = (more: Partial<PolicyRule>): PolicyRule => ({
  verbs: ['get'],
  apiGroups: [''],
  resources: ['services'],
  resourceNames: [],
  nonResourceURLs: [],
  ...more,
});
const wanted = { verb: 'get', group: '', resource: 'services', namespace: 'shop', name: 'web' };

describe('rules', () => {
  test('a rule allows its verbs, groups, resources, subresources and names', () => {
    expect(ruleAllows(rule({}), wanted)).toBe(true);
    expect(ruleAllows(rule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }), wanted)).toBe(true);
    expect(ruleAllows(rule({}), { ...wanted, verb: 'delete' })).toBe(false);
    expect(ruleAllows(rule({}), { ...wanted, group: 'weft.dev' })).toBe(false);
    expect(ruleAllows(rule({}), { ...wanted, resource: 'services/status' })).toBe(false);
    expect(ruleAllows(rule({ resources: ['services/status'] }), { ...wanted, resource: 'services/status' })).toBe(true);
    expect(ruleAllows(rule({ resources: ['*/status'] }), { ...wanted, resource: 'services/status' })).toBe(true);
    expect(ruleAllows(rule({ resources: ['*/status'] }), wanted)).toBe(false);
    expect(ruleAllows(rule({ resourceNames: ['web'] }), wanted)).toBe(true);
    expect(ruleAllows(rule({ resourceNames: ['web'] }), { ...wanted, name: 'other' })).toBe(false);
    expect(ruleAllows(rule({ resourceNames: ['web'] }), { ...wanted, name: '', verb: 'get' })).toBe(false);
    const paths = rule({ apiGroups: [], resources: [], nonResourceURLs: ['/weft/*', '/version'] });
    expect(['/weft/v1', '/version', '/versions', '/weft'].map((path) => ruleAllows(paths, { verb: 'get', path }))).toEqual([true, true, false, false]);
    expect(ruleAllows(rule({}), { verb: 'get', path: '/version' })).toBe(false);
  });

  test('property: what covers a rule allows everything that the rule allows', () => {
    const some = (...words: string[]) => fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 3 });
    const rules = fc.record({
      verbs: some('*', 'get', 'list'),
      apiGroups: some('*', '', 'weft.dev'),
      resources: some('*', 'services', 'services/status', '*/status', 'secrets'),
      resourceNames: fc.uniqueArray(fc.constantFrom('web', 'db')),
      nonResourceURLs: fc.constant<string[]>([]),
    });
    const questions = fc.record({
      verb: fc.constantFrom('get', 'list', 'delete'),
      group: fc.constantFrom('', 'weft.dev', 'x'),
      resource: fc.constantFrom('services', 'services/status', 'secrets', 'secrets/status', 'y'),
      namespace: fc.constant('a'),
      name: fc.constantFrom('', 'web', 'db'),
    });
    fc.assert(
      fc.property(
        fc.array(rules, { maxLength: 4 }),
        fc.array(rules, { maxLength: 3 }),
        fc.array(questions, { minLength: 20, maxLength: 20 }),
        (own, given, asked) => {
          fc.pre(uncovered(own, given).length === 0);
          for (const question of asked) {
            const allowed = given.some((each) => ruleAllows(each, question));
            if (allowed) expect(own.some((each) => ruleAllows(each, question))).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('no escalation', () => {
  let api: TestApi;
  let ann: string;
  beforeAll(async () => {
    api = await openTestApi();
    ann = await makeUser(api, 'ann', ['team-a']);
    await bind(api, 'ann', 'admin', 'a');
  });
  afterAll(async () => api[Symbol.asyncDispose]());

  const apply = (documents: readonly unknown[], authorization = ann): Promise<Reply> =>
    api.call('POST', '/weft/v1/apply', { body: { documents }, headers: { authorization } });
  const role = (name: string, rules: readonly object[], namespace = 'a') => ({ apiVersion: RBAC, kind: 'Role', metadata: { name, namespace }, rules });
  const give = (name: string, roleRef: object, namespace = 'a') => ({
    apiVersion: RBAC,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    subjects: [{ kind: 'User', name: 'bob' }],
    roleRef,
  });

  test('who has a role may give it, or a part of it, and nothing more', async () => {
    const reader = { verbs: ['get', 'list'], apiGroups: [''], resources: ['services', 'secrets'] };
    expect((await apply([role('reader', [reader])])).status).toBe(200);
    expect((await apply([give('bob', { kind: 'Role', name: 'reader' })])).status).toBe(200);
    const bob = await makeUser(api, 'bob');
    expect((await api.call('GET', '/api/v1/namespaces/a/secrets', { headers: { authorization: bob } })).status).toBe(200);
    expect((await api.call('DELETE', '/api/v1/namespaces/a/secrets/x', { headers: { authorization: bob } })).status).toBe(403);
    const more = await apply([role('more', [{ verbs: ['*'], apiGroups: [''], resources: ['services'] }])]);
    expect([more.status, more.body.message]).toEqual([403, expect.stringContaining('what they do not have themselves: * services')]);
    expect((await apply([role('paths', [{ verbs: ['patch'], apiGroups: ['weft.dev'], resources: ['meshes'] }])])).status).toBe(403);
    expect((await apply([give('root', { kind: 'ClusterRole', name: 'cluster-admin' })])).status).toBe(403);
    expect((await apply([give('elsewhere', { kind: 'ClusterRole', name: 'view' }, 'b')])).status).toBe(403);
    expect((await apply([give('early', { kind: 'Role', name: 'not-there-yet' })])).status).toBe(403);
    const everywhere = {
      apiVersion: RBAC,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'all' },
      subjects: [],
      roleRef: { kind: 'ClusterRole', name: 'view' },
    };
    expect((await apply([everywhere])).status).toBe(403);
  });

  test('by REST, by patch and by server-side apply as by apply', async () => {
    const path = '/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles';
    const all = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
    const headers = { authorization: ann };
    expect((await api.call('POST', path, { body: role('rest', all), headers })).status).toBe(403);
    expect((await api.call('PUT', `${path}/reader`, { body: role('reader', all), headers })).status).toBe(403);
    expect((await api.call('PATCH', `${path}/reader`, { body: { rules: all }, type: 'application/merge-patch+json', headers })).status).toBe(403);
    expect((await api.call('PATCH', `${path}/new?fieldManager=x`, { body: role('new', all), type: 'application/apply-patch+yaml', headers })).status).toBe(403);
    expect((await api.call('PATCH', `${path}/reader?dryRun=All`, { body: { rules: all }, type: 'application/merge-patch+json', headers })).status).toBe(403);
  });

  test('built-in roles cannot be written, the role of a binding cannot be changed, a role that is not there is said', async () => {
    const admin = `Bearer ${api.token}`;
    const own = await apply([{ apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: 'view' }, rules: [] }], admin);
    expect(own.body.details.diagnostics.map((each) => each.code)).toEqual(['WEFT2202']);
    const changed = await apply([give('bob', { kind: 'ClusterRole', name: 'view' })], admin);
    expect(changed.body.details.diagnostics.map((each) => each.code)).toEqual(['WEFT2203']);
    const missing = await apply([give('early', { kind: 'Role', name: 'not-there-yet' })], admin);
    expect([missing.status, missing.body.diagnostics.map((each) => each.code)]).toEqual([200, ['WEFT2201']]);
    expect((await api.call('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles')).body.items.map((each) => each.metadata.name)).toEqual([
      'admin',
      'cluster-admin',
      'edit',
      'scrape',
      'view',
    ]);
  });

  test('reserved names come from nowhere, nobody speaks for another, and a role is lost with the write that takes it', async () => {
    for (const body of [{ user: 'admin' }, { user: 'system:serviceaccount:a:web' }, { user: 'eve', groups: ['system:masters'] }])
      expect((await api.call('POST', '/weft/v1/users/tokens', { body })).status).toBe(400);
    expect((await api.call('GET', '/version', { headers: { 'impersonate-user': 'bob' } })).status).toBe(403);
    const cat = await makeUser(api, 'cat');
    await bind(api, 'cat', 'view', 'a');
    const read = async (): Promise<number> => (await api.call('GET', '/api/v1/namespaces/a/services', { headers: { authorization: cat } })).status;
    expect(await read()).toBe(200);
    await api.call('DELETE', '/apis/rbac.authorization.k8s.io/v1/namespaces/a/rolebindings/cat-view');
    expect(await read()).toBe(403);
  });
});
