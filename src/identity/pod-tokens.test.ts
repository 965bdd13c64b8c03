import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import type { WorkloadKey } from '../model/index.ts';
import { type PodReview, PodTokens } from './pod-tokens.ts';

const ISSUER = 'https://kubernetes.default.svc';
const NOW = Date.UTC(2026, 10, 22);
type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
let privateKey: Key;
let jwks: JSONWebKeySet;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  privateKey = pair.privateKey;
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'RS256', kid: 'one' }] };
});

interface Said {
  readonly audience?: string;
  readonly lifeS?: number;
  readonly pod?: object | null;
  readonly sub?: string;
  readonly key?: Key;
}

function token({
  audience = 'weft',
  lifeS = 3600,
  pod = { name: 'web-1', uid: 'u1' },
  sub = 'system:serviceaccount:shop:web',
  key,
}: Said = {}): Promise<string> {
  const own = { namespace: 'shop', serviceaccount: { name: 'web', uid: 's' }, ...(pod === null ? {} : { pod }) };
  const s = NOW / 1000;
  return new SignJWT({ sub, 'kubernetes.io': own })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(ISSUER)
    .setAudience(audience)
    .setIssuedAt(s)
    .setExpirationTime(s + lifeS)
    .sign(key ?? privateKey);
}

/** What stands around it: an API server that can be away, a picture of the cluster, a clock. */
function world(kept?: string): {
  tokens: PodTokens;
  uid: string | undefined;
  away: boolean;
  known: boolean;
  reviews: number;
  fetches: number;
  passMs: (ms: number) => void;
  kept: string | undefined;
} {
  let passed = 0;
  const pass = (ms: number): void => {
    passed += ms;
  };
  const account: PodReview = { kind: 'account', account: { namespace: 'shop', serviceAccount: 'web', pod: { name: 'web-1', uid: 'u1' } } };
  const state = { uid: 'u1' as string | undefined, away: false, known: true, reviews: 0, fetches: 0, kept };
  const tokens = new PodTokens({
    trustDomain: 'example.mesh',
    audience: 'weft',
    clock: { now: () => NOW + passed, monotonic: () => passed, after: () => () => undefined },
    review: async () => {
      state.reviews++;
      if (state.away) throw new Error('away');
      return state.known ? account : { kind: 'refused', words: 'unknown' };
    },
    fetchKeys: async () => {
      state.fetches++;
      if (state.away) throw new Error('away');
      return { issuer: ISSUER, jwks };
    },
    kept: {
      load: () => state.kept,
      save: async (text) => {
        state.kept = text;
      },
    },
    podUid: (_: WorkloadKey) => state.uid,
    log: () => undefined,
  });
  return Object.assign(state, { tokens, passMs: pass });
}

test('speaks for the pod that the token is bound to, until the token ends', async () => {
  const here = world();
  expect(await here.tokens.authenticate(await token())).toEqual({
    proxy: 'shop/web-1',
    workload: 'shop/web-1',
    id: 'spiffe://example.mesh/ns/shop/sa/web',
    expiresAt: NOW + 3_600_000,
  });
});

test('other tokens are nobody’s, and the API server is not asked about them', async () => {
  const here = world();
  const foreign = (await generateKeyPair('RS256')).privateKey;
  const wrong = [{ audience: 'api' }, { lifeS: 90_000 }, { lifeS: -1 }, { pod: null }, { sub: 'system:serviceaccount:shop:other' }, { key: foreign }];
  for (const each of wrong) expect(await here.tokens.authenticate(await token(each)), JSON.stringify(each)).toBeUndefined();
  for (const text of ['', 'a.b', 'a.b.c', 'x'.repeat(100_000)]) expect(await here.tokens.authenticate(text)).toBeUndefined();
  expect(here.reviews).toBe(0);
  expect(here.fetches).toBe(1);
});

test('what the API server does not know any more is refused; it is asked once a minute', async () => {
  const here = world();
  const text = await token();
  for (let n = 0; n < 5; n++) await here.tokens.authenticate(text);
  expect(here.reviews).toBe(1);
  here.known = false;
  here.passMs(61_000);
  expect(await here.tokens.authenticate(text)).toBeUndefined();
});

test('a pod of that name with another uid ends what its predecessor holds', async () => {
  const here = world();
  const claims = await here.tokens.authenticate(await token());
  here.uid = 'u2';
  expect(claims?.expiresAt).toBe(0);
  expect(await here.tokens.authenticate(await token())).toBeUndefined();
});

test('without an API server a good signature and a pod that is in the picture are enough, also after a restart', async () => {
  const here = world();
  const text = await token();
  await here.tokens.authenticate(text);
  const [restarted, fresh] = [world(here.kept), world()];
  restarted.away = true;
  fresh.away = true;
  expect(await restarted.tokens.authenticate(text)).toBeDefined();
  await expect(fresh.tokens.authenticate(text)).rejects.toThrow('away');
  here.away = true;
  here.passMs(61_000);
  expect(await here.tokens.authenticate(text)).toBeDefined();
  here.uid = undefined;
  expect(await here.tokens.authenticate(await token({ lifeS: 1800 }))).toBeUndefined();
  here.uid = 'u1';
  here.passMs(3_600_000);
  expect(await here.tokens.authenticate(text)).toBeUndefined();
});
