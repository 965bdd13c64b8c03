// Walls between namespaces: whatever a tenant asks, in whatever form, nothing of another tenant is in the answer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type Reply, serviceBody, type TestApi } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';
import type { ProxyView } from '../api/index.ts';
import type { Origin } from '../base/index.ts';
import { diagnostic } from '../model/index.ts';
import { KINDS } from '../policy/index.ts';

const ROLES = ['view', 'edit', 'admin'] as const;
const MARK = { a: 'belongs-to-a-7f31', b: 'belongs-to-b-93cc' } as const;
const FORMS = ['application/json', 'application/json;as=Table;v=v1;g=meta.k8s.io', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'];

const origin = (namespace: 'a' | 'b'): Origin => ({ kind: 'Service', namespace, name: MARK[namespace], path: '' });
const proxy = (namespace: 'a' | 'b'): ProxyView => ({
  id: `${namespace}/${MARK[namespace]}`,
  namespace,
  name: MARK[namespace],
  role: 'sidecar',
  identity: '',
  connected: true,
  sync: 'in sync',
  envoyVersion: '',
  configuredAt: 0,
  scope: { services: 0, of: 0 },
  certificateNotAfter: 0,
  refusals: [],
});
const both = ['a', 'b'] as const;

let api: TestApi;
const users = new Map<string, string>();

beforeAll(async () => {
  api = await openTestApi({
    flood: { burst: 1e6, perSecond: 1e6 },
    ports: {
      proxies: () => both.map(proxy),
      resources: (id) => [{ type: 'cluster', name: id, version: '', acknowledged: true, origins: [], content: {} }],
      diagnostics: async () => both.map((namespace) => diagnostic('WEFT1301', origin(namespace), `about ${MARK[namespace]}`)),
      explain: ({ to }) => ({
        title: '',
        hops: [{ title: '', steps: [{ subject: '', value: '', note: '', origin: origin(to === 'mine' ? 'a' : 'b') }] }],
        verdict: { ok: false, text: '', alternatives: [MARK.b] },
      }),
      effective: ({ service }) => ({
        title: service,
        places: [{ title: '', policies: [{ kind: '', subject: '', values: [{ path: '', value: 1, from: { words: '', origin: origin('b') }, over: [] }] }] }],
      }),
      fates: () => ({
        fields: [{ path: 'x', fate: { kind: 'overridden', by: origin('b'), words: MARK.b }, except: [{ place: MARK.b, fate: { kind: 'applied' } }] }],
        places: 1,
        all: true,
      }),
      effect: async () => ({
        proxies: [{ proxies: both.map((each) => proxy(each).id), resources: [] }],
        counts: { affected: 2, examined: 2, of: 2 },
        services: [{ service: `b/${MARK.b}`, consumer: 'a', before: [], after: [] }],
      }),
      analyze: () => () => both.map((namespace) => diagnostic('WEFT1301', origin(namespace), `about ${MARK[namespace]}`)),
    },
  });
  for (const namespace of both) {
    const metadata = { namespace, annotations: { note: MARK[namespace] }, labels: { mark: MARK[namespace] } };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { ...metadata, name: 'keys' }, stringData: { mark: MARK[namespace] } };
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name: 'config' }, data: { mark: MARK[namespace] } };
    const documents = [serviceBody('web', {}, metadata), secret, config];
    expect((await api.call('POST', '/weft/v1/apply', { body: { documents } })).status).toBe(200);
  }
  for (const role of ROLES) {
    users.set(role, await makeUser(api, `ann-${role}`));
    await bind(api, `ann-${role}`, role, 'a');
    await bind(api, `ann-${role}`, role, 'empty');
  }
});
afterAll(async () => api[Symbol.asyncDispose]());

const as = (role: string, method: string, path: string, body?: unknown, accept = 'application/json'): Promise<Reply> =>
  api.call(method, path, { headers: { authorization: users.get(role) ?? '', accept }, ...(body === undefined ? {} : { body }) });

const kindPath = (kind: (typeof KINDS)[number], namespace?: string): string => {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  return namespace === undefined ? `${root}/${kind.plural}` : `${root}/namespaces/${namespace}/${kind.plural}`;
};

test('roles × verbs × kinds × forms: 0 reads of another tenant, and all of one’s own', { timeout: 120_000 }, async () => {
  let cells = 0;
  const leaks: string[] = [];
  for (const role of ROLES)
    for (const kind of KINDS)
      for (const accept of role === 'admin' ? FORMS : FORMS.slice(0, 1))
        for (const suffix of [
          '',
          '/web',
          '/web/status',
          '?watch=1',
          '?fieldSelector=metadata.namespace%3Da',
          '?labelSelector=mark',
          '?limit=1',
          '?continue=WyIwIiwiIl0',
        ]) {
          const namespaces = kind.namespaced ? ['b', undefined] : [undefined];
          for (const namespace of namespaces) {
            if (kind.namespaced && namespace === undefined && suffix.startsWith('/')) continue;
            const { status, body } = await as(role, 'GET', `${kindPath(kind, namespace)}${suffix}`, undefined, accept);
            cells++;
            if (status !== 403 || JSON.stringify(body).includes(MARK.b)) leaks.push(`${role} ${kind.kind} ${namespace} ${suffix} ${accept} → ${status}`);
          }
        }
  expect(leaks).toEqual([]);
  expect(cells).toBeGreaterThan(1500);
  for (const role of ROLES) expect(JSON.stringify((await as(role, 'GET', '/api/v1/namespaces/a/services')).body)).toContain(MARK.a);
  expect((await as('view', 'GET', '/api/v1/namespaces/a/secrets')).status).toBe(403);
  expect((await as('edit', 'GET', '/api/v1/namespaces/a/secrets')).status).toBe(200);
});

test('writes of every kind into another namespace, and of kinds without one, are refused', async () => {
  for (const role of ROLES)
    for (const kind of KINDS) {
      const path = kindPath(kind, kind.namespaced ? 'b' : undefined);
      const document = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: 'web', ...(kind.namespaced ? { namespace: 'b' } : {}) }, spec: {} };
      const replies = [
        await as(role, 'POST', path, document),
        await as(role, 'PUT', `${path}/web`, document),
        await as(role, 'DELETE', `${path}/web`),
        await as(role, 'PATCH', `${path}/web?fieldManager=x`, document),
        await as(role, 'PUT', `${path}/web/status`, document),
      ];
      expect([role, kind.kind, replies.map((reply) => reply.status)]).toEqual([role, kind.kind, [403, 403, 403, 403, 403]]);
    }
  const smuggled = await as('admin', 'POST', '/weft/v1/apply', {
    documents: [serviceBody('fine', {}, { namespace: 'a' }), serviceBody('web', {}, { namespace: 'b' })],
  });
  expect([smuggled.status, smuggled.body.message]).toEqual([403, expect.stringContaining('may not patch services "web" in namespace "b"')]);
  expect((await api.call('GET', '/api/v1/namespaces/a/services/fine')).status).toBe(404);
  expect((await as('view', 'POST', '/api/v1/namespaces/a/services', serviceBody('no'))).status).toBe(403);
  const elsewhere = await as('edit', 'POST', '/api/v1/namespaces/a/services', serviceBody('x', {}, { namespace: 'b' }));
  expect(elsewhere.status).toBe(400);
});

test('what Kubernetes has no word for: proxies, explanations, findings, fates, effects, tokens', async () => {
  const answers = {
    allProxies: await as('admin', 'GET', '/weft/v1/proxies'),
    theirProxies: await as('admin', 'GET', '/weft/v1/proxies?namespace=b'),
    theirProxy: await as('admin', 'GET', '/weft/v1/proxies/b/any/resources'),
    findings: await as('admin', 'GET', '/weft/v1/findings'),
    theirFindings: await as('admin', 'GET', '/weft/v1/findings?namespace=b'),
    explainTheirs: await as('admin', 'POST', '/weft/v1/explain', { from: 'a/web', to: 'web.b' }),
    explainFromThem: await as('admin', 'POST', '/weft/v1/explain', { from: 'b/web', to: 'mine' }),
    effective: await as('admin', 'POST', '/weft/v1/effective', { service: 'a/web' }),
    theirFates: await as('admin', 'GET', '/weft/v1/fates/service/b/web'),
    joinToken: await as('admin', 'POST', '/weft/v1/tokens', { namespace: 'b', serviceAccount: 'web' }),
    userTokens: await as('admin', 'GET', '/weft/v1/users/tokens'),
    userToken: await as('admin', 'POST', '/weft/v1/users/tokens', { user: 'eve' }),
  };
  for (const [what, reply] of Object.entries(answers)) {
    expect([what, reply.status]).toEqual([what, 403]);
    expect(JSON.stringify(reply.body)).not.toContain(MARK.b);
  }
  const own = {
    proxies: await as('view', 'GET', '/weft/v1/proxies?namespace=a'),
    findings: await as('view', 'GET', '/weft/v1/findings?namespace=a'),
    explain: await as('view', 'POST', '/weft/v1/explain', { from: 'a/web', to: 'mine' }),
    fates: await as('view', 'GET', '/weft/v1/fates/service/a/web'),
    effect: await as('edit', 'POST', '/weft/v1/effect', { documents: [serviceBody('web', {}, { namespace: 'a' })] }),
    apply: await as('edit', 'POST', '/weft/v1/apply', { documents: [serviceBody('web', {}, { namespace: 'a', annotations: { note: MARK.a } })] }),
    status: await as('view', 'GET', '/weft/v1/status'),
    token: await as('edit', 'POST', '/weft/v1/tokens', { namespace: 'a', serviceAccount: 'web' }),
  };
  for (const [what, reply] of Object.entries(own)) {
    expect([what, reply.status]).toEqual([what, 200]);
    expect([what, JSON.stringify(reply.body)]).toEqual([what, expect.not.stringContaining(MARK.b)]);
  }
  expect(JSON.stringify(own.proxies.body)).toContain(MARK.a);
  expect(own.status.body).not.toHaveProperty('documents');
});

test('no spelling of a path gets around the question', async () => {
  const spellings = [
    '/apis//v1/secrets',
    '/%61pi/v1/secrets',
    '/api/v1//secrets',
    '/api/v1/namespaces/a/../b/secrets',
    '/api/v1/namespaces/%62/secrets',
    '/api/v1/namespaces//secrets',
  ];
  const more = ['/api/v1/secrets/', '/api//v1/secrets', '//api/v1/secrets', '/API/v1/secrets', '/api/v1/namespaces/b%2fsecrets', '/apis/%2e%2e/api/v1/secrets'];
  for (const path of [...spellings, ...more]) {
    const { status, body } = await as('edit', 'GET', path);
    expect([path, [400, 403, 404].includes(status)]).toEqual([path, true]);
    expect(JSON.stringify(body)).not.toContain(MARK.b);
  }
});

test('a refusal says what is missing and what would help', async () => {
  const { body } = await as('view', 'GET', '/api/v1/services');
  expect(body.message).toBe('user "ann-view" may not list services in all namespaces: a ClusterRoleBinding would allow it; or name one namespace');
});
