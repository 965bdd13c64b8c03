// Documents over HTTP, as kubectl and any other client writes and reads them: the real server, the real store.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, ROUTES, routeBody, SERVICES, serviceBody, type TestApi } from '../../test/kit/manage-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(async () => api[Symbol.asyncDispose]());

const merge = 'application/merge-patch+json';

describe('create', () => {
  test('answers 201 with what the server gave, and again 409', async () => {
    const made = await api.call('POST', SERVICES, { body: serviceBody('create-a') });
    expect(made.status).toBe(201);
    expect(made.body.metadata).toMatchObject({ name: 'create-a', namespace: 'shop', generation: 1 });
    expect(made.body.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(made.body.spec.clusterIP).toMatch(/^2(4\d|5[0-5])\./);
    const again = await api.call('POST', SERVICES, { body: serviceBody('create-a') });
    expect([again.status, again.body.kind, again.body.reason, again.body.message]).toEqual([
      409,
      'Status',
      'AlreadyExists',
      'services "create-a" already exists',
    ]);
  });

  test('a mistake is 422 with field, code and words', async () => {
    const reply = await api.call('POST', ROUTES, { body: routeBody('bad', [{ backendRefs: [{ name: 'x', port: 80, wieght: 1 }] }]) });
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({ reason: 'Invalid', details: { name: 'bad', group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' } });
    expect(reply.body.details.causes).toEqual([
      { reason: 'WEFT1203', field: 'spec.rules[0].backendRefs[0].wieght', message: expect.stringContaining('did you mean "weight"?') },
    ]);
    expect((await api.call('GET', `${ROUTES}/bad`)).status).toBe(404);
  });

  test('warnings come as headers', async () => {
    const reply = await api.call('POST', SERVICES, { body: serviceBody('warned', { type: 'NodePort' }) });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('warning')).toMatch(/^299 - "Service shop\/warned {2}spec\.type: WEFT1211 /);
  });

  test('generateName, YAML, the namespace of the path, any namespace', async () => {
    const generated = await api.call('POST', SERVICES, { body: serviceBody('', {}, { name: undefined, generateName: 'gen-' }) });
    expect(generated.body.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/);
    const yaml = 'metadata: { name: from-yaml }\nspec: { selector: { app: a }, ports: [{ port: 80, appProtocol: http }] }\n';
    expect((await api.call('POST', '/api/v1/namespaces/elsewhere/services', { body: yaml, type: 'application/yaml' })).status).toBe(201);
    const reply = await api.call('POST', SERVICES, { body: serviceBody('x', {}, { namespace: 'other' }) });
    expect([reply.status, reply.body.message]).toEqual([400, expect.stringContaining('does not match the namespace')]);
    const namespaces = await api.call('GET', '/api/v1/namespaces');
    expect(namespaces.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toContain('elsewhere');
    expect((await api.call('GET', '/api/v1/namespaces/elsewhere')).status).toBe(200);
  });

  test('status is not written with the document', async () => {
    const reply = await api.call('POST', SERVICES, { body: { ...serviceBody('no-status'), status: { forged: true } } });
    expect(reply.body.status).toBeUndefined();
  });
});

describe('read', () => {
  test('one, 404 and lists with selectors, pages and a revision', async () => {
    const inside = '/api/v1/namespaces/read/services';
    for (const [name, tier] of [
      ['a', 'front'],
      ['b', 'back'],
      ['c', 'front'],
      ['d', ''],
    ])
      await api.call('POST', inside, { body: serviceBody(name ?? '', {}, tier === '' ? {} : { labels: { tier } }) });
    const names = async (query: string): Promise<string[]> =>
      (await api.call('GET', `${inside}?${query}`)).body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    expect(await names('')).toEqual(['a', 'b', 'c', 'd']);
    expect(await names('labelSelector=tier%3Dfront')).toEqual(['a', 'c']);
    expect(await names('labelSelector=tier!%3Dfront')).toEqual(['b', 'd']);
    expect(await names('labelSelector=tier+in+(front,back),tier!%3Dback')).toEqual(['a', 'c']);
    expect(await names('labelSelector=tier+notin+(front)')).toEqual(['b', 'd']);
    expect(await names('labelSelector=!tier')).toEqual(['d']);
    expect(await names('labelSelector=tier')).toEqual(['a', 'b', 'c']);
    expect(await names('fieldSelector=metadata.name%3Db')).toEqual(['b']);
    expect((await api.call('GET', `${inside}?fieldSelector=spec.type%3Dx`)).status).toBe(400);
    expect((await api.call('GET', `${inside}?labelSelector=a%3D%3D%3Db`)).status).toBe(400);
    const first = await api.call('GET', `${inside}?limit=3`);
    expect([first.body.items.length, first.body.metadata.remainingItemCount]).toEqual([3, 1]);
    const second = await api.call('GET', `${inside}?limit=3&continue=${first.body.metadata.continue}`);
    expect(second.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['d']);
    expect(second.body.metadata).toEqual({ resourceVersion: first.body.metadata.resourceVersion });
    const missing = await api.call('GET', `${inside}/nope`);
    expect([missing.status, missing.body.reason, missing.body.message]).toEqual([404, 'NotFound', 'services "nope" not found']);
  });

  test('tables have the columns of the kind and an age', async () => {
    await api.call('POST', '/api/v1/namespaces/table/services', { body: serviceBody('t') });
    const { body } = await api.call('GET', '/api/v1/namespaces/table/services', {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
    });
    expect(body.kind).toBe('Table');
    expect(body.columnDefinitions.map((column: { name: string }) => column.name)).toEqual([
      'Name',
      'Cluster-ip',
      'Port(s)',
      'Protocol',
      'Said by',
      'Selector',
      'Age',
    ]);
    expect(body.rows[0]?.cells).toEqual(['t', expect.stringMatching(/^2\d\d\./), '80', '<none>', '<none>', 'app=t', expect.stringMatching(/^\ds$/)]);
    expect(body.rows[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 't' } });
  });
});

describe('update', () => {
  test('replaces, keeps the address, and 409 on a version that is gone', async () => {
    const made = await api.call('POST', SERVICES, { body: serviceBody('put-a') });
    const changed = serviceBody('put-a', { ports: [{ port: 81, appProtocol: 'http' }] }, { resourceVersion: made.body.metadata.resourceVersion });
    const put = await api.call('PUT', `${SERVICES}/put-a`, { body: changed });
    expect(put.status).toBe(200);
    expect(put.body.metadata.generation).toBe(2);
    expect(put.body.spec.clusterIP).toBe(made.body.spec.clusterIP);
    const stale = await api.call('PUT', `${SERVICES}/put-a`, { body: changed });
    expect([stale.status, stale.body.reason, stale.body.message]).toEqual([
      409,
      'Conflict',
      expect.stringContaining('please apply your changes to the latest version'),
    ]);
    expect((await api.call('PUT', `${SERVICES}/none`, { body: serviceBody('none') })).status).toBe(404);
    expect((await api.call('PUT', `${SERVICES}/put-a`, { body: serviceBody('other') })).status).toBe(400);
    const other = await api.call('PUT', `${SERVICES}/put-a`, { body: serviceBody('put-a', {}, { uid: 'another' }) });
    expect(other.status).toBe(409);
  });

  test('an update without a version never fails for the haste of others', async () => {
    await api.call('POST', SERVICES, { body: serviceBody('race') });
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) => api.call('PATCH', `${SERVICES}/race`, { body: { metadata: { labels: { [`l${n}`]: 'x' } } }, type: merge })),
    );
    expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => 200));
    expect(Object.keys((await api.call('GET', `${SERVICES}/race`)).body.metadata.labels)).toHaveLength(20);
  });

  test('merge, JSON and strategic patches, and the types that are none', async () => {
    await api.call('POST', SERVICES, { body: serviceBody('patch-a', {}, { labels: { a: '1', b: '2' } }) });
    const path = `${SERVICES}/patch-a`;
    const merged = await api.call('PATCH', path, { body: { metadata: { labels: { a: null, c: '3' } } }, type: merge });
    expect(merged.body.metadata.labels).toEqual({ b: '2', c: '3' });
    const json = await api.call('PATCH', path, {
      body: [{ op: 'replace', path: '/spec/ports/0/targetPort', value: 9090 }],
      type: 'application/json-patch+json',
    });
    expect(json.body.spec.ports[0]?.targetPort).toBe(9090);
    const strategic = await api.call('PATCH', path, {
      body: { spec: { ports: [{ port: 90, name: 'more', appProtocol: 'http' }] } },
      type: 'application/strategic-merge-patch+json',
    });
    expect(strategic.body.spec.ports.map((port: { port: number }) => port.port)).toEqual([80, 90]);
    expect((await api.call('PATCH', path, { body: {}, type: 'application/json' })).status).toBe(415);
    expect((await api.call('PATCH', path, { body: [{ op: 'test', path: '/kind', value: 'X' }], type: 'application/json-patch+json' })).status).toBe(422);
    expect((await api.call('PATCH', path, { body: { kind: 'Mesh' }, type: merge })).status).toBe(400);
    expect((await api.call('PATCH', path, { body: { metadata: { resourceVersion: '1' } }, type: merge })).status).toBe(409);
    expect((await api.call('PATCH', `${SERVICES}/none`, { body: {}, type: merge })).status).toBe(404);
  });

  test('server-side apply creates, is idempotent, drops what its manager left out and nothing of others', async () => {
    const path = `${SERVICES}/applied`;
    const apply = (manager: string, body: unknown): ReturnType<TestApi['call']> =>
      api.call('PATCH', `${path}?fieldManager=${manager}&force=true`, { body, type: 'application/apply-patch+yaml' });
    const document = (labels: Record<string, string>): object => serviceBody('applied', {}, { labels });
    expect((await apply('one', document({ a: '1', b: '1' }))).status).toBe(201);
    const first = await apply('one', document({ a: '1', b: '1' }));
    expect((await apply('one', document({ a: '1', b: '1' }))).body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    await apply('two', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'applied', labels: { c: '2', a: '1' } } });
    const dropped = await apply('one', document({ d: '1' }));
    expect(dropped.body.metadata.labels).toEqual({ a: '1', c: '2', d: '1' });
    expect(dropped.body.metadata.annotations).toBeUndefined();
    expect(dropped.body.spec.ports[0]?.port).toBe(80);
    expect((await api.call('PATCH', path, { body: {}, type: 'application/apply-patch+yaml' })).status).toBe(400);
  });

  test('status has its own path: the spec stays, the generation too', async () => {
    const made = await api.call('POST', ROUTES, { body: routeBody('status-a') });
    const path = `${ROUTES}/status-a`;
    const put = await api.call('PUT', `${path}/status`, { body: { ...made.body, spec: { rules: [] }, status: { conditions: [{ type: 'Accepted' }] } } });
    expect([put.status, put.body.metadata.generation, put.body.spec.rules.length]).toEqual([200, 1, 1]);
    const patched = await api.call('PATCH', `${path}/status`, {
      body: { status: { note: 'x' }, metadata: { resourceVersion: put.body.metadata.resourceVersion } },
      type: merge,
    });
    expect(patched.body.status).toEqual({ conditions: [{ type: 'Accepted' }], note: 'x' });
    expect((await api.call('PUT', `${path}/status`, { body: { ...made.body, status: {} } })).status).toBe(409);
    const main = await api.call('PUT', path, { body: routeBody('status-a') });
    expect(main.body.status).toEqual(patched.body.status);
    expect((await api.call('DELETE', `${path}/status`)).status).toBe(405);
  });
});

describe('delete', () => {
  test('answers Success once, then 404; preconditions hold', async () => {
    const made = await api.call('POST', SERVICES, { body: serviceBody('gone') });
    const options = (preconditions: object): object => ({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions });
    expect((await api.call('DELETE', `${SERVICES}/gone`, { body: options({ uid: 'other' }) })).status).toBe(409);
    expect((await api.call('DELETE', `${SERVICES}/gone`, { body: options({ resourceVersion: '1' }) })).status).toBe(409);
    const reply = await api.call('DELETE', `${SERVICES}/gone`, { body: options({ uid: made.body.metadata.uid }) });
    expect([reply.status, reply.body.status, reply.body.details.uid]).toEqual([200, 'Success', made.body.metadata.uid]);
    expect((await api.call('DELETE', `${SERVICES}/gone`)).status).toBe(404);
  });
});

test('dry runs say what would be and change nothing', async () => {
  await api.call('POST', SERVICES, { body: serviceBody('dry') });
  const before = api.store.revision;
  const created = await api.call('POST', `${SERVICES}?dryRun=All`, { body: serviceBody('dry-new') });
  expect([created.status, created.body.metadata.generation]).toEqual([201, 1]);
  expect(created.body.spec.clusterIP).toMatch(/^2\d\d\./);
  const put = await api.call('PUT', `${SERVICES}/dry?dryRun=All`, { body: serviceBody('dry', { selector: { app: 'x' } }) });
  expect([put.status, put.body.metadata.generation, put.body.spec.selector['app']]).toEqual([200, 2, 'x']);
  expect((await api.call('DELETE', `${SERVICES}/dry?dryRun=All`)).status).toBe(200);
  expect((await api.call('POST', `${SERVICES}?dryRun=All`, { body: serviceBody('dry') })).status).toBe(409);
  expect((await api.call('POST', `${SERVICES}?dryRun=Some`, { body: serviceBody('dry') })).status).toBe(400);
  expect(api.store.revision).toBe(before);
});

describe('virtual addresses', () => {
  test('a taken one is 422 and says whose it is; a free one is kept; services made at once all differ', async () => {
    const made = await api.call('POST', SERVICES, { body: serviceBody('vip-a') });
    const { clusterIP } = made.body.spec;
    const taken = await api.call('POST', SERVICES, { body: serviceBody('vip-b', { clusterIP }) });
    expect(taken.status).toBe(422);
    expect(taken.body.details.causes[0]).toMatchObject({ reason: 'WEFT1306', field: 'spec.clusterIP', message: expect.stringContaining('Service/shop/vip-a') });
    expect((await api.call('POST', SERVICES, { body: serviceBody('vip-c', { clusterIP: '240.9.9.9' }) })).body.spec.clusterIP).toBe('240.9.9.9');
    const replies = await Promise.all(
      [...Array.from({ length: 20 }, () => '240.77.0.1'), ''].map((address, n) =>
        api.call('POST', SERVICES, { body: serviceBody(`vip-${n}`, address === '' ? {} : { clusterIP: address }) }),
      ),
    );
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(2);
  });
});

test('what is not there: paths, methods, kinds', async () => {
  for (const path of [
    '/api/v1/nodes',
    '/apis/apps/v1/deployments',
    '/api/v1/services/x',
    '/api/v1/namespaces/a/namespaces',
    `${SERVICES}/a/log`,
    '/apis/none',
    '/api/v2',
    '/openapi/v2',
    '/elsewhere',
  ])
    expect([path, (await api.call('GET', path)).status]).toEqual([path, 404]);
  const reply = await api.call('DELETE', SERVICES);
  expect([reply.status, reply.body.reason]).toEqual([405, 'MethodNotAllowed']);
  expect((await api.call('POST', '/version')).status).toBe(405);
});
