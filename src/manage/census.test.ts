// Every route asks for something, and the router's own table is the proof.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../../test/kit/manage-api.ts';
import { makeUser } from '../../test/kit/users.ts';
import type { CensusEntry } from './index.ts';

let api: TestApi;
let nobody: string;
beforeAll(async () => {
  api = await openTestApi({ flood: { refusedPerSecond: 1e6 } });
  nobody = await makeUser(api, 'nobody');
});
afterAll(async () => api[Symbol.asyncDispose]());

const PUBLIC = ['/healthz', '/livez', '/readyz'];
/** Its credential is the link in its body. */
const BY_LINK = '/weft/v1/dashboard/session';

/** A path that the route answers to. */
const pathOf = ({ url }: CensusEntry): string =>
  url
    .replace('/api/*', '/api/v1/namespaces/shop/secrets')
    .replace('/apis/*', '/apis/weft.dev/v1alpha1/namespaces/shop/timeoutpolicies')
    .replace('/openapi/*', '/openapi/v3')
    .replace('/weft/v1/*', '/weft/v1/nothing')
    .replace(/:\w+/g, 'x');

async function ask({ method, ...entry }: CensusEntry, authorization?: string): Promise<number> {
  const body = method === 'GET' || method === 'HEAD' ? {} : { body: '{}' };
  const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  return (await fetch(api.api.url + pathOf({ method, ...entry }), { method, headers, ...body })).status;
}

test('all routes have a permission; only the three of health are public, and what a link opens', () => {
  expect(api.api.census.length).toBeGreaterThan(40);
  expect(api.api.census.filter(({ permission }) => permission.kind === undefined)).toEqual([]);
  const open = api.api.census.filter(({ permission }) => permission.kind === 'public').map(({ url }) => url);
  expect([...new Set(open)].sort()).toEqual([...PUBLIC, BY_LINK]);
  for (const { method, url } of api.api.census.filter(({ permission }) => permission.kind === 'public'))
    expect(url === BY_LINK ? ['POST'] : ['GET', 'HEAD']).toContain(method);
});

test('without a credential, or with a wrong one, every route but the public ones answers 401', async () => {
  for (const entry of api.api.census) {
    const wanted = PUBLIC.includes(entry.url) ? 200 : entry.url === BY_LINK && entry.method === 'POST' ? 400 : 401;
    expect([entry.method, entry.url, await ask(entry)]).toEqual([entry.method, entry.url, wanted]);
    expect([entry.method, entry.url, await ask(entry, `Bearer ${'x'.repeat(43)}`)]).toEqual([entry.method, entry.url, wanted]);
    expect([entry.method, entry.url, await ask(entry, 'Basic YWRtaW46YWRtaW4=')]).toEqual([entry.method, entry.url, wanted]);
  }
});

test('who has no role gets nothing of what a role is needed for', async () => {
  for (const entry of api.api.census) {
    if (entry.permission.kind === 'kubernetes' && !entry.url.startsWith('/api/') && !entry.url.startsWith('/apis/')) continue;
    const status = await ask(entry, nobody);
    if (entry.permission.kind === 'kubernetes' || entry.permission.kind === 'weft')
      expect([entry.url, entry.method, status]).toEqual([entry.url, entry.method, 403]);
    if (entry.permission.kind === 'asked') expect([entry.url, [400, 403, 404].includes(status)]).toEqual([entry.url, true]);
    expect(status).toBeLessThan(500);
  }
});

test('a route that says nothing of permission cannot be added', async () => {
  const open = openTestApi({ publicRoutes: (app) => void app.get('/forgotten', async () => 'secret') });
  await expect(open).rejects.toThrow('the route GET /forgotten says nothing of permission');
});

test('a route that is to ask and does not gets no answer out', async () => {
  const permission = { kind: 'asked', what: 'nothing, by mistake' } as const;
  await using careless = await openTestApi({ publicRoutes: (app) => void app.get('/careless', { config: { permission } }, async () => 'secret') });
  const reply = await careless.call('GET', '/careless');
  expect([reply.status, JSON.stringify(reply.body)]).toEqual([500, expect.not.stringContaining('secret')]);
});
