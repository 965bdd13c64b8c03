// What every attestor promises, over the real store and the real door: nothing but what was verified is read, one use where evidence is good for one,
// bans hold, and nobody who tries and tries keeps others out.
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AttestLimit, awsIidAttestor, Bans, Entrance, forgetInstance, joinTokenAttestor, kubernetesTokenAttestor, Tokens } from '../../src/identity/index.ts';
import type { ProxyId, SpiffeId, WorkloadKey } from '../../src/model/index.ts';
import { openSqliteStore, type Store } from '../../src/store/index.ts';
import { awsCertificate } from '../kit/aws-certificate.ts';
import { type FakeClock, fakeClock } from '../kit/fake-clock.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const cluster = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const aws = awsCertificate();
const DOCUMENT = {
  accountId: '123456789012',
  instanceId: 'i-0123456789abcdef0',
  region: 'eu-central-1',
  imageId: 'ami-1',
  instanceType: 'm7g.large',
  availabilityZone: 'eu-central-1a',
};

let directory: string;
let store: Store;
let clock: FakeClock;
let tokens: Tokens;
let bans: Bans;
let limit: AttestLimit;
let entrance: Entrance;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weft-attest-'));
  clock = fakeClock();
  store = openSqliteStore({ file: join(directory, 'store.db'), clock });
  tokens = await Tokens.open({ directory, store, clock, fingerprints: () => ['ab'.repeat(32)] });
  bans = new Bans(store, clock);
  limit = new AttestLimit(clock);
  const jwks = { keys: [{ ...(await exportJWK(cluster.publicKey)), kid: 'k1', alg: 'RS256' }] };
  const rules = [{ accountId: DOCUMENT.accountId, region: 'eu-central-1', namespace: 'shop', serviceAccount: 'web' }];
  entrance = new Entrance({
    tokens,
    bans,
    limit,
    attestors: [
      joinTokenAttestor(tokens),
      kubernetesTokenAttestor({ name: 'cluster', clock, issuer: ISSUER, audience: 'weft', namespaces: ['shop'], jwks }),
      awsIidAttestor({ name: 'aws', clock, store, certificates: [aws.pem], rules }),
    ],
  });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

interface Said {
  readonly claims?: Record<string, unknown>;
  readonly key?: typeof cluster.privateKey;
  readonly issuer?: string;
  readonly audience?: string;
  readonly lifeSeconds?: number;
  readonly header?: Record<string, unknown>;
}

function kubernetesToken({
  claims = {},
  key = cluster.privateKey,
  issuer = ISSUER,
  audience = 'weft',
  lifeSeconds = 3600,
  header = {},
}: Said = {}): Promise<string> {
  const now = Math.floor(clock.now() / 1000);
  const account = {
    sub: 'system:serviceaccount:shop:web',
    'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'web', uid: 'u' }, pod: { name: 'web-1', uid: 'p' } },
  };
  return new SignJWT({ ...account, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + lifeSeconds)
    .sign(key);
}

function instanceIdentity(document: unknown, key = aws.privateKey): string {
  const bytes = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document, null, 2));
  return `${bytes.toString('base64')}.${sign('sha256', bytes, key).toString('base64')}`;
}

const codeOf = async (attestor: string, evidence: string): Promise<string> => {
  const result = await entrance.verifyJoin(evidence, attestor);
  return result.ok ? `${result.value.namespace}/${result.value.serviceAccount}` : result.error.code;
};

describe('S-09b: a join token', () => {
  it('of 100 uses at once one succeeds, 50 times over', async () => {
    for (let round = 0; round < 50; round++) {
      const token = await tokens.createJoin({ namespace: 'shop', serviceAccount: 'web', labels: {}, expiresAt: clock.now() + 60_000 });
      const results = await Promise.all(Array.from({ length: 100 }, () => entrance.redeemJoin(token)));
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      expect(new Set(results.flatMap((result) => (result.ok ? [] : [result.error.code])))).toEqual(new Set(['used']));
    }
  });
});

describe('kubernetes-token', () => {
  it('is the service account that the cluster signed for', async () => {
    expect(await codeOf('cluster', await kubernetesToken())).toBe('shop/web');
  });

  it('is refused when anything of it is not as it must be', async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await kubernetesToken()).split('.')[1]}.`;
    const wrong: Readonly<Record<string, readonly [string, string]>> = {
      'another key': [await kubernetesToken({ key: stranger.privateKey }), 'foreign'],
      'another key id': [await kubernetesToken({ header: { kid: 'k2' } }), 'foreign'],
      'another issuer': [await kubernetesToken({ issuer: 'https://evil.example' }), 'malformed'],
      'the API server’s audience': [await kubernetesToken({ audience: ISSUER }), 'malformed'],
      expired: [await kubernetesToken({ lifeSeconds: -1 }), 'expired'],
      'a year long': [await kubernetesToken({ lifeSeconds: 31_536_000 }), 'malformed'],
      'a namespace that may not join': [
        await kubernetesToken({ claims: { sub: 'system:serviceaccount:infra:web', 'kubernetes.io': { namespace: 'infra', serviceaccount: { name: 'web' } } } }),
        'not-allowed',
      ],
      'a subject that is another': [await kubernetesToken({ claims: { sub: 'system:serviceaccount:shop:admin' } }), 'malformed'],
      'a person': [await kubernetesToken({ claims: { sub: 'jane', 'kubernetes.io': null } }), 'malformed'],
      'an account that climbs': [
        await kubernetesToken({ claims: { sub: 'system:serviceaccount:shop:../x', 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: '../x' } } } }),
        'malformed',
      ],
      'no algorithm': [none, 'malformed'],
      'no token': ['hello', 'malformed'],
      'too long': ['x'.repeat(20_000), 'malformed'],
    };
    for (const [what, [evidence, code]] of Object.entries(wrong)) expect(await codeOf('cluster', evidence), what).toBe(code);
  });
});

describe('aws-iid', () => {
  it('lets an instance in once, and again when an operator says so', async () => {
    const evidence = instanceIdentity(DOCUMENT);
    expect(await codeOf('aws', evidence)).toBe('shop/web');
    const results = await Promise.all(Array.from({ length: 100 }, () => entrance.redeemJoin(evidence, 'aws')));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await codeOf('aws', evidence)).toBe('used');
    expect(await forgetInstance(store, '123456789012/i-0123456789abcdef0')).toBe(true);
    expect(await codeOf('aws', evidence)).toBe('shop/web');
  });

  it('reads nothing but the bytes that were verified', async () => {
    const [document = '', signature = ''] = instanceIdentity(DOCUMENT).split('.');
    const other = Buffer.from(JSON.stringify({ ...DOCUMENT, accountId: '999999999999' })).toString('base64');
    expect(await codeOf('aws', `${other}.${signature}`)).toBe('foreign');
    expect(await codeOf('aws', `${document}.${signature}.${other}`)).toBe('malformed');
    expect(await codeOf('aws', instanceIdentity(DOCUMENT, stranger.privateKey))).toBe('foreign');
    for (let at = 0; at < 40; at++) {
      const bytes = Buffer.from(document, 'base64');
      bytes[at * 4] = (bytes[at * 4] ?? 0) ^ 1;
      expect(await codeOf('aws', `${bytes.toString('base64')}.${signature}`)).toBe('foreign');
    }
  });

  it('is refused for instances that no rule names, and for what is no document', async () => {
    for (const change of [{ accountId: '999999999999' }, { region: 'us-east-1' }])
      expect(await codeOf('aws', instanceIdentity({ ...DOCUMENT, ...change }))).toBe('not-allowed');
    for (const text of ['no json', '[]', '{}', JSON.stringify({ ...DOCUMENT, instanceId: '../x' })])
      expect(await codeOf('aws', instanceIdentity(text)), text).toBe('malformed');
    for (const text of ['', '.', 'a', 'a.b.c', '%.%', 'x'.repeat(20_000)]) expect(await codeOf('aws', text)).toBe(text === 'a' ? 'malformed' : 'malformed');
  });
});

describe('the door', () => {
  it('knows no other attestor', async () => {
    expect(await entrance.verifyJoin('x', 'azure')).toMatchObject({
      ok: false,
      error: { code: 'unknown-attestor', message: expect.stringContaining('join-token, cluster, aws') },
    });
  });

  it('is closed to who is banned, whatever they show, until they are let in', async () => {
    const claims = { proxy: 'shop/web-1' as ProxyId, workload: 'shop/web-1' as WorkloadKey, id: 'spiffe://example.mesh/ns/shop/sa/web' as SpiffeId };
    const { token } = await entrance.issueProxy(claims);
    expect(await entrance.authenticate(token)).toMatchObject(claims);
    await bans.ban('shop/web-1', { reason: 'stolen', by: 'admin', cut: true });
    expect(await entrance.authenticate(token)).toBeUndefined();
    expect(entrance.refusal('shop', 'web-1', 'web')).toContain('shop/web-1 is banned (stolen): weft unban workload/shop/web-1');
    expect(entrance.refusal('shop', 'web-2', 'web')).toBeUndefined();
    await bans.ban('serviceaccount/shop/web', { reason: '', by: 'admin', cut: true });
    expect(await codeOf('cluster', await kubernetesToken())).toBe('banned');
    expect(await codeOf('aws', instanceIdentity(DOCUMENT))).toBe('banned');
    const other = await entrance.issueProxy({ ...claims, workload: 'shop/web-9' as WorkloadKey });
    expect(await entrance.authenticate(other.token)).toBeUndefined();
    expect(new Bans(store, clock).list().map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`)).toEqual([
      'serviceaccount/shop/web',
      'workload/shop/web-1',
    ]);
    expect([await bans.unban('shop/web-1'), await bans.unban('serviceaccount/shop/web'), await bans.unban('shop/nobody')]).toEqual([true, true, false]);
    expect(await entrance.authenticate(token)).toMatchObject(claims);
    await expect(bans.ban('shop/../x', { reason: '', by: 'admin', cut: true })).rejects.toThrow(/is nobody/);
  });

  it('S-09c: an address has 60 attempts, then one a second; others are not held up by it', async () => {
    const flood = Array.from({ length: 5000 }, (_, n) => entrance.admit(`10.0.0.66:${10_000 + n}`));
    expect(flood.filter(Boolean)).toHaveLength(60);
    expect(limit.refused).toBe(4940);
    expect(Array.from({ length: 50 }, (_, n) => entrance.admit(`10.0.1.${n}:4000`)).every(Boolean)).toBe(true);
    await clock.advance(3000);
    expect(Array.from({ length: 10 }, () => entrance.admit('10.0.0.66:1')).filter(Boolean)).toHaveLength(3);
    // one network of IPv6 is one address
    expect(Array.from({ length: 100 }, (_, n) => entrance.admit(`[2001:db8::${(n + 1).toString(16)}]:4000`)).filter(Boolean)).toHaveLength(60);
  });

  it('joins with a good join token do not count, others do', () => {
    for (let n = 0; n < 500; n++) {
      expect(entrance.admit('10.0.0.1:1')).toBe(true);
      entrance.joined('10.0.0.1:1');
    }
    for (let n = 0; n < 60; n++) {
      expect(entrance.admit('10.0.0.1:1')).toBe(true);
      entrance.joined('10.0.0.1:1', 'cluster');
    }
    expect(entrance.admit('10.0.0.1:1')).toBe(false);
  });

  it('remembers a bounded number of addresses, whatever is tried', async () => {
    const small = new AttestLimit(clock, { perSecond: 1, burst: 2, sources: 100 });
    for (let n = 0; n < 100; n++) expect(small.take(`10.0.${n}.1:1`)).toBe(true);
    expect(Array.from({ length: 1000 }, (_, n) => small.take(`10.1.${n >> 8}.${n & 255}:1`)).filter(Boolean)).toHaveLength(2);
    await clock.advance(10_000);
    expect(small.take('10.2.0.1:1')).toBe(true);
  });
});
