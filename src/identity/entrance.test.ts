import { expect, test } from 'vitest';
import { AttestLimit } from './attest-limit.ts';
import { Bans } from './bans.ts';
import { Entrance, type EntranceOptions } from './entrance.ts';

const clock = { now: () => 1_000, monotonic: () => 0, after: () => () => undefined };
const BY = { reason: '', by: 'test', cut: false };
const CLAIMS = { proxy: 'shop/web-1', workload: 'shop/web-1', id: 'spiffe://example.mesh/ns/shop/sa/web', expiresAt: 5_000 };

test('what a token says ends with a ban of its workload or account, for streams that are open, and comes back with it', async () => {
  const kept = new Map<string, string>();
  const store = {
    listValues: () => kept,
    putValue: async (_space: string, key: string, value: string | undefined) => void (value === undefined ? kept.delete(key) : kept.set(key, value)),
  };
  const bans = new Bans(store as unknown as ConstructorParameters<typeof Bans>[0], clock);
  const tokens = { authenticate: async () => CLAIMS, authenticateLapsed: async () => CLAIMS } as unknown as EntranceOptions['tokens'];
  const entrance = new Entrance({ tokens, attestors: [], bans, limit: new AttestLimit(clock) });
  const claims = await entrance.authenticate('token');
  expect(claims).toEqual(CLAIMS);
  for (const who of ['shop/web-1', 'serviceaccount/shop/web']) {
    await bans.ban(who, BY);
    expect([claims?.expiresAt, await entrance.authenticate('token')]).toEqual([0, undefined]);
    await bans.unban(who);
    expect(claims?.expiresAt).toBe(5_000);
  }
  await bans.ban('shop/web-2', BY);
  expect(claims?.expiresAt).toBe(5_000);
});
