// What Envoy and OIDC refuse, the two verifiers of proxies' own tokens refuse as well.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import { criticalTokens, forgedSignatures } from '../../test/kit/forged-signatures.ts';
import { forgedTokens, respelledTokens } from '../../test/kit/forged-tokens.ts';
import { type Json, jwksOf, type Key, makeKey, token } from '../../test/kit/tokens.ts';
import type { ProxyId, SpiffeId, WorkloadKey } from '../model/index.ts';
import { PodTokens } from './pod-tokens.ts';
import { Tokens } from './tokens.ts';

const WEB = { proxy: 'shop/web-1' as ProxyId, workload: 'shop/web-1' as WorkloadKey, id: 'spiffe://example.mesh/ns/shop/sa/web' as SpiffeId };
const now = (): number => Math.floor(Date.now() / 1000);

const attacks = (es: Key, rs: Key, about: Json, typ = 'JWT'): readonly (readonly [string, string])[] => [
  ...forgedTokens(es, rs, about),
  ...forgedSignatures(es, rs, about, typ),
  ...criticalTokens(es, about, typ),
];

test('tokens of proxies: none that somebody made up is one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weft-forged-'));
  const clock = fakeClock(Date.now());
  const store = { claimValue: async () => true, listValues: () => new Map<string, string>(), putValue: async () => undefined };
  const tokens = await Tokens.open({ directory, store, clock, fingerprints: () => ['ab'.repeat(32)] });
  const own = await tokens.issueProxy(WEB);
  const pem = readFileSync(join(directory, 'tokens.key'));
  const secret = createPrivateKey(pem);
  const es: Key = { ...makeKey('own'), privateKey: secret, publicKey: createPublicKey(secret) };
  const about = { aud: 'weft-xds', sub: WEB.id, proxy: WEB.proxy, workload: WEB.workload, iat: now() };
  // The same key and claims are let in when nothing is bent.
  expect(await tokens.authenticate(own.token)).toMatchObject(WEB);
  expect(await tokens.authenticate(token(es, about, { typ: 'weft-xds' }))).toMatchObject(WEB);
  const accepted: string[] = [];
  for (const [name, forged] of [
    ...attacks(es, makeKey('rs', 'RS256'), about, 'weft-xds'),
    ...respelledTokens(es, about).map((each) => ['respelled', each] as const),
  ])
    if ((await tokens.authenticate(forged)) !== undefined) accepted.push(name);
  expect(accepted).toEqual([]);
  rmSync(directory, { recursive: true, force: true });
});

test('tokens of pods: none that somebody made up is one', async () => {
  const [es, rs] = [makeKey('es'), makeKey('rs', 'RS256')];
  const iss = 'https://kubernetes.default.svc';
  const account = { namespace: 'shop', serviceAccount: 'web', pod: { name: 'web-1', uid: 'u1' } };
  const tokens = new PodTokens({
    trustDomain: 'example.mesh',
    audience: 'weft',
    clock: { now: Date.now, monotonic: () => performance.now(), after: () => () => undefined },
    review: async () => ({ kind: 'account', account }),
    fetchKeys: async () => ({ issuer: iss, jwks: JSON.parse(jwksOf(es, rs)) }),
    kept: { load: () => undefined, save: async () => undefined },
    podUid: () => 'u1',
    log: () => undefined,
  });
  const own = { namespace: 'shop', serviceaccount: { name: 'web', uid: 's' }, pod: { name: 'web-1', uid: 'u1' } };
  const about = { iss, aud: 'weft', sub: 'system:serviceaccount:shop:web', iat: now(), 'kubernetes.io': own };
  for (const key of [es, rs]) expect(await tokens.authenticate(token(key, about))).toMatchObject({ workload: 'shop/web-1' });
  const accepted: string[] = [];
  for (const [name, forged] of attacks(es, rs, about)) if ((await tokens.authenticate(forged)) !== undefined) accepted.push(name);
  expect(accepted).toEqual([]);
});
