// Whatever is sent, the answer is an answer: never a 500, and always a Status when it is a refusal.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, ROUTES, routeBody, SERVICES, serviceBody, type TestApi } from '../../test/kit/manage-api.ts';
import { KINDS } from '../policy/index.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ flood: { burst: 1e6, perSecond: 1e6 } });
  await api.call('POST', SERVICES, { body: serviceBody('victim') });
  await api.call('POST', ROUTES, { body: routeBody('victim') });
});
afterAll(async () => api[Symbol.asyncDispose]());

const word = fc.constantFrom(
  'metadata',
  'spec',
  'status',
  'name',
  'namespace',
  'labels',
  'annotations',
  'ports',
  'port',
  'op',
  'path',
  'value',
  'from',
  '$patch',
  '$retainKeys',
  '$setElementOrder/ports',
  'documents',
  'kind',
  'apiVersion',
  'constructor',
  'toString',
  'x',
  '',
);
const leaf = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1e300, 'Service', 'v1', 'victim', 'shop', '/spec/ports/0', '/spec', 'replace', 'add', 'remove', 'move', 'delete', ''),
  fc.string({ maxLength: 12 }),
);
const anything = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, leaf, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(word, tie('value'), { maxKeys: 5 })),
})).value;

const target = fc.constantFrom(
  ['POST', SERVICES, 'application/json'],
  ['PUT', `${SERVICES}/victim`, 'application/json'],
  ['PUT', `${ROUTES}/victim/status`, 'application/json'],
  ['PATCH', `${SERVICES}/victim?dryRun=All`, 'application/merge-patch+json'],
  ['PATCH', `${SERVICES}/victim?dryRun=All`, 'application/json-patch+json'],
  ['PATCH', `${SERVICES}/victim?dryRun=All`, 'application/strategic-merge-patch+json'],
  ['PATCH', `${ROUTES}/victim?dryRun=All&fieldManager=x`, 'application/apply-patch+yaml'],
  ['DELETE', `${SERVICES}/victim?dryRun=All`, 'application/json'],
  ['POST', '/weft/v1/apply', 'application/json'],
  ['POST', '/weft/v1/explain', 'application/json'],
  ['POST', '/weft/v1/tokens', 'application/json'],
);

test('property: no body makes the server fail', { timeout: 30_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(target, anything, fc.boolean(), async ([method = '', path = '', type = ''], value, inside) => {
      const body = inside ? { ...serviceBody('victim'), spec: value } : value;
      const reply = await api.call(method, path, { body: JSON.stringify(path.endsWith('/apply') ? { documents: [body] } : body), type });
      expect([reply.status < 500, api.logged]).toEqual([true, []]);
      if (reply.status >= 400) expect(reply.body).toMatchObject({ kind: 'Status', code: reply.status, status: 'Failure', message: expect.stringMatching(/./) });
    }),
    { numRuns: 200 },
  );
});

test('property: no path and no query makes the server fail', { timeout: 30_000 }, async () => {
  const step = fc.constantFrom(
    'api',
    'apis',
    'v1',
    'namespaces',
    'services',
    'shop',
    'status',
    'weft.dev',
    'v1alpha1',
    'meshes',
    'openapi',
    'v3',
    '%',
    '%2f',
    '%00',
    '..',
    '',
    'weft',
    'proxies',
  );
  const parameter = fc.constantFrom('limit', 'continue', 'labelSelector', 'fieldSelector', 'resourceVersion', 'dryRun', 'timeoutSeconds', 'includeObject');
  const value = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('1', '-1', '9'.repeat(30), 'a=b', 'a in (', '!', 'W10'));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 7 }), fc.array(fc.tuple(parameter, value), { maxLength: 3 }), async (steps, query) => {
      const path = `/${steps.join('/')}?${query.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join('&')}`;
      const reply = await api.call('GET', path);
      expect([path, reply.status < 500]).toEqual([path, true]);
    }),
    { numRuns: 150 },
  );
});

test('discovery and OpenAPI name every kind, and every reference leads somewhere', async () => {
  for (const kind of KINDS) {
    const root = kind.group === '' ? '/api/v1' : `/apis/${kind.group}/${kind.version}`;
    const resources = (await api.call('GET', root)).body as unknown as { resources: { name: string }[] };
    expect(resources.resources.map((resource) => resource.name)).toEqual(expect.arrayContaining([kind.plural, `${kind.plural}/status`]));
    const text = JSON.stringify((await api.call('GET', `/openapi/v3${root}`)).body);
    const { components } = JSON.parse(text) as {
      components: { schemas: Record<string, { 'x-kubernetes-group-version-kind'?: { kind: string }[]; properties: Record<string, { type: string }> }> };
    };
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(Object.keys(components.schemas)).toContain(name);
    const schema = Object.values(components.schemas).find((each) => each['x-kubernetes-group-version-kind']?.[0]?.kind === kind.kind);
    const own = Object.keys(schema?.properties ?? {}).filter((each) => !['apiVersion', 'kind', 'metadata', 'status'].includes(each));
    expect([kind.kind, own.includes('spec')]).toEqual([kind.kind, !kind.topLevel]);
    expect(own.length, kind.kind).toBeGreaterThan(0);
    expect(text).not.toMatch(/\$schema|"~standard"/);
  }
  const aggregated = await fetch(`${api.api.url}/apis`, {
    headers: { authorization: `Bearer ${api.token}`, accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' },
  });
  expect(aggregated.headers.get('content-type')).toMatch(/as="?APIGroupDiscoveryList/);
  expect(JSON.stringify(await aggregated.json())).toContain('"resource":"httproutes"');
});
