import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../../test/kit/fake-clock.ts';
import { readJoinToken } from '../api/index.ts';
import type { ProxyId, SpiffeId, WorkloadKey } from '../model/index.ts';
import { type ClaimStore, Tokens } from './tokens.ts';

const ROOT = 'ab'.repeat(32);
const MINUTE_MS = 60_000;
const WEB = { proxy: 'shop/web-1' as ProxyId, workload: 'shop/web-1' as WorkloadKey, id: 'spiffe://example.mesh/ns/shop/sa/web' as SpiffeId };
let directory: string;
let clock: FakeClock;
let store: ClaimStore & { readonly values: Map<string, string> };

function memoryStore(): typeof store {
  const values = new Map<string, string>();
  return {
    values,
    claimValue: async (area, key, value) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (values.has(`${area}/${key}`)) return false;
      values.set(`${area}/${key}`, value);
      return true;
    },
    listValues: (area) => new Map([...values].flatMap(([key, value]) => (key.startsWith(`${area}/`) ? [[key.slice(area.length + 1), value]] : []))),
    putValue: async (area, key, value) => {
      if (value === undefined) values.delete(`${area}/${key}`);
      else values.set(`${area}/${key}`, value);
    },
  };
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weft-tokens-'));
  clock = fakeClock();
  store = memoryStore();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (rootFingerprint = ROOT): Promise<Tokens> => Tokens.open({ directory, store, clock, fingerprints: () => [rootFingerprint] });
const grant = (ttlMs = 10 * MINUTE_MS) => ({ namespace: 'shop', serviceAccount: 'web', labels: { tier: 'front' }, expiresAt: clock.now() + ttlMs });

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

/** A token of any shape, signed with the real key. */
function forge(header: object, payload: object): string {
  const text = `${encode(header)}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(text), { key: readFileSync(join(directory, 'tokens.key')), dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

describe('join tokens', () => {
  test('give their grant once', async () => {
    const tokens = await open();
    const token = await tokens.createJoin(grant());
    expect(await tokens.verifyJoin(token)).toEqual({ ok: true, value: grant() });
    expect(await tokens.redeemJoin(token)).toEqual({ ok: true, value: grant() });
    expect(await tokens.redeemJoin(token)).toMatchObject({ ok: false, error: { code: 'used' } });
  });

  test('of 100 uses at once exactly one succeeds', async () => {
    const tokens = await open();
    for (let round = 0; round < 5; round++) {
      const token = await tokens.createJoin(grant());
      const results = await Promise.all(Array.from({ length: 100 }, () => tokens.redeemJoin(token)));
      expect(results.filter((result) => result.ok).length).toBe(1);
    }
  });

  test('stay used after a restart, and are forgotten once they could not be used anyway', async () => {
    const token = await (await open()).createJoin(grant());
    await (await open()).redeemJoin(token);
    expect(await (await open()).redeemJoin(token)).toMatchObject({ error: { code: 'used' } });
    expect(store.values.size).toBe(1);
    await clock.advance(2 * 60 * MINUTE_MS);
    await open();
    expect(store.values.size).toBe(0);
  });

  test('say what a machine needs to know beforehand', async () => {
    const token = await (await open()).createJoin(grant());
    expect(readJoinToken(` ${token}\n`)).toEqual({
      ok: true,
      value: { fingerprint: ROOT, others: [], namespace: 'shop', serviceAccount: 'web', expiresAt: clock.now() + 10 * MINUTE_MS },
    });
  });

  test('made while the root is changed are good before and after; those from before until it is dropped', async () => {
    const [old, next] = ['ab'.repeat(32), 'cd'.repeat(32)];
    let fingerprints: readonly string[] = [old];
    const tokens = await Tokens.open({ directory, store, clock, fingerprints: () => fingerprints });
    const before = await tokens.createJoin(grant());
    fingerprints = [old, next];
    const during = await tokens.createJoin(grant());
    expect(readJoinToken(during)).toMatchObject({ value: { fingerprint: old, others: [next] } });
    expect((await tokens.verifyJoin(before)).ok).toBe(true);
    fingerprints = [next];
    expect(await tokens.verifyJoin(before)).toMatchObject({ error: { code: 'foreign' } });
    expect((await tokens.verifyJoin(during)).ok).toBe(true);
  });

  test('from before a restore are refused, used or not; those from after it are good', async () => {
    const before = await (await open()).createJoin(grant());
    await clock.advance(1000);
    await store.putValue('epoch', 'restored', String(clock.now()));
    const tokens = await open();
    expect(await tokens.redeemJoin(before)).toMatchObject({ error: { code: 'foreign', message: expect.stringContaining('restored from a backup') } });
    expect(await tokens.redeemJoin(await tokens.createJoin(grant()))).toMatchObject({ ok: true });
  });

  test('are refused with a reason of their own: expired, of another root, of another control plane, garbage', async () => {
    const tokens = await open();
    const expired = await tokens.createJoin(grant(1000));
    await clock.advance(1000);
    expect(await tokens.redeemJoin(expired)).toMatchObject({ error: { code: 'expired', message: expect.stringContaining('expired at 2026-11-21T12:00:01') } });
    const otherRoot = await (await open('cd'.repeat(32))).createJoin(grant());
    expect(await tokens.redeemJoin(otherRoot)).toMatchObject({ error: { code: 'foreign', message: expect.stringContaining('another root') } });
    rmSync(join(directory, 'tokens.key'));
    const otherKey = await (await open()).createJoin(grant());
    expect(await tokens.redeemJoin(otherKey)).toMatchObject({ error: { code: 'foreign', message: expect.stringContaining('not made by this control plane') } });
    for (const garbage of ['', 'x', 'a.b.c', '....', otherKey.slice(0, -8), 'ä'.repeat(20), 'x'.repeat(100_000)]) {
      expect((await tokens.redeemJoin(garbage)).ok).toBe(false);
    }
    expect(store.values.size).toBe(0);
  });

  test('live at least a moment and at most 24 h', async () => {
    const tokens = await open();
    await expect(tokens.createJoin(grant(0))).rejects.toMatchObject({ code: 'bad-grant' });
    await expect(tokens.createJoin(grant(25 * 60 * MINUTE_MS))).rejects.toMatchObject({ code: 'bad-grant' });
    expect(await tokens.createJoin(grant(24 * 60 * MINUTE_MS))).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });
});

describe('proxy tokens', () => {
  test('speak for their proxy for an hour', async () => {
    const tokens = await open();
    const { token, expiresAt } = await tokens.issueProxy(WEB);
    expect(expiresAt).toBe(clock.now() + 60 * MINUTE_MS);
    expect(await tokens.authenticate(token)).toEqual({ ...WEB, expiresAt });
    expect(await (await open()).authenticate(token)).toEqual({ ...WEB, expiresAt });
    await clock.advance(60 * MINUTE_MS - 1);
    expect(await tokens.authenticate(token)).toBeDefined();
    await clock.advance(1);
    expect(await tokens.authenticate(token)).toBeUndefined();
  });

  test('that have expired may still be renewed for a week, and nothing else', async () => {
    const tokens = await open();
    const { token, expiresAt } = await tokens.issueProxy(WEB);
    await clock.advance(7 * 24 * 60 * MINUTE_MS);
    expect([await tokens.authenticate(token), await tokens.authenticateLapsed(token)]).toEqual([undefined, { ...WEB, expiresAt }]);
    await clock.advance(60 * MINUTE_MS);
    expect(await tokens.authenticateLapsed(token)).toBeUndefined();
    expect(await tokens.authenticateLapsed(await tokens.createJoin(grant()))).toBeUndefined();
    expect(await tokens.authenticateLapsed(`${token.slice(0, -4)}AAAA`)).toBeUndefined();
  });

  test('are not join tokens, and join tokens are not they', async () => {
    const tokens = await open();
    const { token } = await tokens.issueProxy(WEB);
    expect(await tokens.redeemJoin(token)).toMatchObject({ error: { code: 'malformed' } });
    expect(await tokens.authenticate(await tokens.createJoin(grant()))).toBeUndefined();
    expect(readJoinToken(token)).toMatchObject({ ok: false, error: expect.stringContaining('proxy token') });
  });
});

describe('attacks', () => {
  test('on the algorithm, the key and the claims of a proxy token are refused', async () => {
    const tokens = await open();
    const { token } = await tokens.issueProxy(WEB);
    const good = payloadOf(token);
    const header = { alg: 'ES256', typ: 'weft-xds' };
    const without = (...names: string[]): object => Object.fromEntries(Object.entries(good).filter(([name]) => !names.includes(name)));
    const [head = '', body = '', signature = ''] = token.split('.');
    const publicPem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
    const hmac = (alg: string): string => {
      const text = `${encode({ alg, typ: 'weft-xds' })}.${body}`;
      return `${text}.${createHmac('sha256', publicPem).update(text).digest('base64url')}`;
    };
    const attacks: Record<string, string> = {
      'alg none': `${encode({ alg: 'none', typ: 'weft-xds' })}.${body}.`,
      'alg None': `${encode({ alg: 'None', typ: 'weft-xds' })}.${body}.${signature}`,
      'alg nOnE': `${encode({ alg: 'nOnE', typ: 'weft-xds' })}.${body}.`,
      'no alg': forge({ typ: 'weft-xds' }, good),
      'HS256 with a public key': hmac('HS256'),
      'ES384 named': forge({ ...header, alg: 'ES384' }, good),
      'another typ': forge({ ...header, typ: 'JWT' }, good),
      'no typ': forge({ alg: 'ES256' }, good),
      'an unknown critical header': forge({ ...header, crit: ['x'], x: 1 }, good),
      'a key of its own': forge({ ...header, jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }, good).replace(/[^.]+$/, signature),
      'no exp': forge(header, without('exp')),
      'exp as text': forge(header, { ...good, exp: '9999999999' }),
      'no iat': forge(header, without('iat')),
      'no aud': forge(header, without('aud')),
      'another aud': forge(header, { ...good, aud: 'weft-join' }),
      'no sub': forge(header, without('sub')),
      'no proxy': forge(header, without('proxy')),
      'proxy as a number': forge(header, { ...good, proxy: 7 }),
      'a zero signature': `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
      'a cut signature': `${head}.${body}.${signature.slice(0, 40)}`,
      'no signature': `${head}.${body}.`,
      'another payload': `${head}.${encode({ ...good, sub: 'spiffe://example.mesh/ns/shop/sa/payments' })}.${signature}`,
      'a fourth part': `${token}.x`,
    };
    expect(await tokens.authenticate(forge(header, good))).toBeDefined();
    for (const [what, forged] of Object.entries(attacks)) expect(await tokens.authenticate(forged), what).toBeUndefined();
    expect(await tokens.authenticate(token)).toBeDefined();
  });

  test('the key is private and is not used when it is not', async () => {
    await open();
    const path = join(directory, 'tokens.key');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    await expect(open()).rejects.toThrow(/tokens\.key is open to other users/);
  });
});

describe('reading a join token without verifying it', () => {
  test.each([
    ['', 'three parts'],
    ['hello', 'three parts'],
    ['a.b!.c', 'damaged'],
    [`a.${encode([1])}.c`, 'damaged'],
    [`a.${encode({ aud: 'else' })}.c`, 'not a join token'],
    [`a.${encode({ aud: 'weft-join', root: 'xyz', ns: 'a', sa: 'b', exp: 1 })}.c`, 'not a join token'],
  ])('%s', (text, words) => {
    expect(readJoinToken(text)).toMatchObject({ ok: false, error: expect.stringContaining(words) });
  });
});
