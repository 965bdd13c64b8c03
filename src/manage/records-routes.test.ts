// Who may read records in one namespace asks about its services, and about nothing else.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';
import type { PeerView } from '../api/index.ts';

const peer = (service: string): PeerView => ({
  ...{ security: 'mtls', source: 'spiffe://m/ns/web/sa/web', address: '', destination: `spiffe://m/ns/x/sa/x`, service, port: 80, connections: 1 },
  ...{ first: '2026-11-22T10:00:00.000Z', last: '2026-11-22T10:00:00.000Z', why: '', tls: 'TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768' },
});
const nothing = async (): Promise<readonly never[]> => [];

let api: TestApi;
let guest: string;
beforeAll(async () => {
  const lost = { tooMany: 0, tooLarge: 0, unreadable: 0, behind: 0, notStored: 0 };
  const records = {
    ...{ find: async () => ({ items: [], next: 0, lost }), requests: nothing, uses: nothing, suggest: nothing, verdicts: nothing },
    ...{ peers: async () => [peer('shop/app'), peer('pay/app')], kept: async () => ({}) },
  };
  api = await openTestApi({ ports: { records: records as never } });
  guest = await makeUser(api, 'guest');
  await bind(api, 'guest', 'view', 'shop');
});
afterAll(async () => api[Symbol.asyncDispose]());

const ask = (path: string, body: object, authorization: string) => api.call('POST', `/weft/v1/records${path}`, { body, headers: { authorization } });

test('about a service of the namespace each is answered, of that service alone; about others, or about all, none', async () => {
  for (const path of ['', '/suggest', '/verdicts', '/peers']) {
    const asked = [await ask(path, { service: 'shop/app' }, guest), await ask(path, { service: 'pay/app' }, guest), await ask(path, {}, guest)];
    expect([path, ...asked.map(({ status }) => status)]).toEqual([path, 200, 403, 403]);
  }
  expect((await ask('', { service: 'pay/app', from: 'shop/app' }, guest)).status).toBe(403);
  for (const path of ['/uses', '/requests']) expect((await ask(path, { service: 'shop/app' }, guest)).status).toBe(403);
  const { body } = await ask('/peers', { service: 'shop/app' }, guest);
  expect(body.items).toEqual([peer('shop/app')]);
  expect((await ask('/peers', {}, `Bearer ${api.token}`)).body.items).toHaveLength(2);
});
