import { createHmac, KeyObject, sign as signWith } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { criticalTokens, forgedSignatures } from '../../../test/kit/forged-signatures.ts';
import { forgedTokens, respelledTokens } from '../../../test/kit/forged-tokens.ts';
import { openIssuer, type TestIssuer } from '../../../test/kit/issuer.ts';
import { jwksOf, makeKey, token } from '../../../test/kit/tokens.ts';
import type { OidcSettings } from '../../api/index.ts';
import { OidcAuthenticator } from './authenticator.ts';
import { fetchJson, isInside } from './fetch.ts';

const AUDIENCE = 'weft';
const now = (): number => Math.floor(Date.now() / 1000);
const base64 = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

let idp: TestIssuer;
let oidc: OidcAuthenticator;
const clock = { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => undefined };
const open = (more: Partial<OidcSettings> = {}): OidcAuthenticator =>
  new OidcAuthenticator({ issuer: idp.issuer, audience: AUDIENCE, caPem: idp.caPem, ...more }, clock);
beforeAll(async () => {
  idp = await openIssuer();
  oidc = open();
});
afterAll(async () => idp[Symbol.asyncDispose]());

const claims = (more: object = {}): Record<string, unknown> => ({
  iss: idp.issuer,
  aud: AUDIENCE,
  sub: 'ann',
  iat: now(),
  exp: now() + 300,
  groups: ['ops'],
  ...more,
});
const sign = (payload: Record<string, unknown>, header: object = {}): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'rsa', ...header }).sign(idp.keys.rsa.privateKey);

test('a good token is a user with groups, under a prefix', async () => {
  expect(await oidc.authenticate(await sign(claims()))).toEqual({ user: 'oidc:ann', groups: ['oidc:ops', 'system:authenticated'], by: 'OIDC' });
  const ec = await new SignJWT(claims({ aud: [AUDIENCE, 'other'], azp: AUDIENCE }))
    .setProtectedHeader({ alg: 'ES256', kid: 'ec', typ: 'JWT' })
    .sign(idp.keys.ec.privateKey);
  expect((await oidc.authenticate(ec))?.user).toBe('oidc:ann');
  const email = open({ usernameClaim: 'email', prefix: '' });
  expect((await email.authenticate(await sign(claims({ email: 'a@b.example', email_verified: true }))))?.user).toBe('a@b.example');
  const masters = open({ prefix: '' });
  expect((await masters.authenticate(await sign(claims({ groups: ['system:masters', 'x'] }))))?.groups).toEqual(['x', 'system:authenticated']);
});

/** Signed with the right key, whatever the parts say. */
function forged(header: string, payload: string): string {
  const input = `${base64(header)}.${base64(payload)}`;
  const key = idp.keys.rsa.privateKey;
  return `${input}.${Buffer.from(signSync(key, input)).toString('base64url')}`;
}

function signSync(key: TestIssuer['keys']['rsa']['privateKey'], input: string): Buffer {
  return signWith('sha256', Buffer.from(input), KeyObject.from(key));
}

describe('the attack set: none is let in', () => {
  const head = (more: object = {}): string => JSON.stringify({ alg: 'RS256', kid: 'rsa', ...more });
  const body = (more: object = {}): string => JSON.stringify(claims(more));
  const without = (name: string): string => JSON.stringify(Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name)));

  const attacks: readonly (readonly [string, () => Promise<string> | string])[] = [
    ...['none', 'None', 'nOnE', 'NONE', ''].map((alg) => [`alg "${alg}"`, () => `${base64({ alg, kid: 'rsa' })}.${base64(body())}.${base64('x')}`] as const),
    ['no signature', () => `${base64({ alg: 'none' })}.${base64(body())}.`],
    [
      'RS256 turned into HS256 with the public key',
      async () => {
        const input = `${base64({ alg: 'HS256', kid: 'rsa' })}.${base64(body())}`;
        return `${input}.${createHmac('sha256', await exportSPKI(idp.keys.rsa.publicKey))
          .update(input)
          .digest('base64url')}`;
      },
    ],
    [
      'the symmetric key that the issuer published by mistake',
      () => {
        const input = `${base64({ alg: 'HS256', kid: 'shared' })}.${base64(body())}`;
        return `${input}.${createHmac('sha256', 'shared').update(input).digest('base64url')}`;
      },
    ],
    ...['../../../../dev/null', "' OR 1=1 --", '/etc/passwd', '__proto__', 'constructor'].map((kid) => [`kid ${kid}`, () => sign(claims(), { kid })] as const),
    [
      'a key of its own in jwk',
      async () => {
        const own = await generateKeyPair('RS256', { extractable: true });
        return new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', jwk: await exportJWK(own.publicKey) }).sign(own.privateKey);
      },
    ],
    ['jku', () => forged(head({ jku: 'https://attacker.example/keys' }), body())],
    ['x5u', () => forged(head({ x5u: 'https://attacker.example/cert' }), body())],
    ['an unknown crit', () => forged(head({ crit: ['x'], x: 1 }), body())],
    ['another key of ours by its kid', () => new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'rsa' }).sign(idp.keys.ec.privateKey)],
    ['psychic signature', () => `${base64({ alg: 'ES256', kid: 'ec' })}.${base64(body())}.${Buffer.alloc(64).toString('base64url')}`],
    ['no exp', () => forged(head(), without('exp'))],
    ['no iat', () => forged(head(), without('iat'))],
    ['no aud', () => forged(head(), without('aud'))],
    ['no iss', () => forged(head(), without('iss'))],
    ['no sub', () => forged(head(), without('sub'))],
    ['expired', () => sign(claims({ exp: now() - 120 }))],
    ['exp as text', () => forged(head(), body({ exp: String(now() + 300) }))],
    ['exp in the far future with an old iat', () => sign(claims({ iat: now() - 25 * 3600, exp: now() + 1e6 }))],
    ['not yet', () => sign(claims({ nbf: now() + 600 }))],
    ['another audience', () => sign(claims({ aud: 'other' }))],
    ['an audience that begins so', () => sign(claims({ aud: `${AUDIENCE}-other` }))],
    ['several audiences, made for another client', () => sign(claims({ aud: [AUDIENCE, 'other'], azp: 'other' }))],
    ['another issuer', () => sign(claims({ iss: 'https://attacker.example' }))],
    ['the issuer with a slash', () => sign(claims({ iss: `${idp.issuer}/` }))],
    ['duplicate keys in the payload', () => forged(head(), body().replace('"sub":"ann"', '"sub":"ann","sub":"root"'))],
    ['duplicate keys in the header', () => forged('{"alg":"RS256","alg":"none","kid":"rsa"}', body())],
    ['deep JSON', () => forged(head(), body().replace('"ann"', `${'['.repeat(1000)}1${']'.repeat(1000)}`))],
    ['a payload that is no map', () => forged(head(), '[1]')],
    ['another type', () => sign(claims(), { typ: 'logout+jwt' })],
    ['a changed payload', async () => (await sign(claims())).replace(/\.[^.]+\./, `.${base64(body({ sub: 'root' }))}.`)],
    ['a changed signature', async () => `${(await sign(claims())).slice(0, -8)}AAAAAAAA`],
    ['a name that is no text', () => forged(head(), body({ sub: { a: 1 } }))],
  ];

  test.each(attacks)('%s', async (_what, make) => {
    const token = await make();
    const started = performance.now();
    const found = await oidc.authenticate(token).catch((error: unknown) => (error as { code?: string }).code);
    expect(['unauthorized', undefined]).toContain(found);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('what sidecars refuse is refused here, too (test/kit/forged-tokens.ts)', async () => {
    const other = await openIssuer();
    const [es, rs] = [makeKey('es'), makeKey('rs', 'RS256')];
    other.answers.set('/keys', { body: jwksOf(es, rs) });
    const verifier = open({ issuer: other.issuer, caPem: other.caPem });
    const about = { iss: other.issuer, aud: AUDIENCE, iat: now() };
    for (const key of [es, rs]) expect((await verifier.authenticate(token(key, about)))?.user).toBe('oidc:alice');
    const all = [
      ...forgedTokens(es, rs, about),
      ...forgedSignatures(es, rs, about),
      ...criticalTokens(es, about),
      ...respelledTokens(es, about).map((each, at) => [`spelling ${at}`, each] as const),
    ];
    for (const [name, forged] of all) {
      const found = await verifier.authenticate(forged).catch((error: unknown) => (error as { code?: string }).code);
      expect([name, found === undefined || found === 'unauthorized']).toEqual([name, true]);
    }
    await other[Symbol.asyncDispose]();
  });

  test('an email that nobody verified', async () => {
    await expect(open({ usernameClaim: 'email' }).authenticate(await sign(claims({ email: 'a@b.example' })))).rejects.toThrow('not verified its email');
  });
});

describe('an issuer that is down, lies, or leads elsewhere', () => {
  const configuration = '/.well-known/openid-configuration';
  const with_ = async (path: string, answer: { status?: number; headers?: Record<string, string>; body: string }): Promise<unknown> => {
    const good = idp.answers.get(path) ?? expect.fail();
    idp.answers.set(path, answer);
    try {
      return await open().authenticate(await sign(claims()));
    } finally {
      idp.answers.set(path, good);
    }
  };

  test.each([
    ['500', { status: 500, body: '{}' }],
    ['empty', { body: '' }],
    ['HTML', { body: '<html>' }],
    ['huge', { body: JSON.stringify({ keys: [], x: 'x'.repeat(2 ** 21) }) }],
    ['a redirect', { status: 302, headers: { location: 'https://localhost/keys' }, body: '' }],
    ['no keys', { body: '{"keys":[]}' }],
  ])('keys that are %s let nobody in', async (_what, answer) => {
    await expect(with_('/keys', answer)).rejects.toThrow('keys of the issuer cannot be had');
  });

  test.each([
    'http://localhost:1/keys',
    'https://127.0.0.1:1/keys',
    'https://169.254.169.254/latest',
    'https://[::1]/keys',
    'https://u:p@localhost/keys',
    'file:///etc/passwd',
  ])('keys at %s are not asked for', async (jwks) => {
    await expect(with_(configuration, { body: JSON.stringify({ issuer: idp.issuer, jwks_uri: jwks }) })).rejects.toThrow('keys of the issuer cannot be had');
  });

  test('an issuer that says it is another lets nobody in; known keys stay good while it is away, for a day', async () => {
    await expect(with_(configuration, { body: JSON.stringify({ issuer: 'https://x.example', jwks_uri: `${idp.issuer}/keys` }) })).rejects.toThrow();
    let passed = 0;
    const slow = new OidcAuthenticator({ issuer: idp.issuer, audience: AUDIENCE, caPem: idp.caPem }, { ...clock, monotonic: () => performance.now() + passed });
    expect((await slow.authenticate(await sign(claims())))?.user).toBe('oidc:ann');
    const keys = idp.answers.get('/keys') ?? expect.fail();
    idp.answers.set('/keys', { status: 500, body: '' });
    passed = 2 * 3_600_000;
    expect((await slow.authenticate(await sign(claims())))?.user).toBe('oidc:ann');
    passed = 25 * 3_600_000;
    await expect(slow.authenticate(await sign(claims()))).rejects.toThrow('cannot be had');
    idp.answers.set('/keys', keys);
  });

  test('tokens with unknown keys do not make us ask at every one of them', async () => {
    const own = open();
    await own.authenticate(await sign(claims()));
    const before = idp.asked.length;
    for (let n = 0; n < 50; n++) await own.authenticate(await sign(claims(), { kid: `k${n}` })).catch(() => undefined);
    expect(idp.asked.length - before).toBeLessThanOrEqual(2);
  });
});

test('addresses inside of the network, in all their spellings', async () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '224.0.0.1',
  ];
  expect(inside.filter((address) => !isInside(address))).toEqual([]);
  expect(['8.8.8.8', '172.32.0.1', '2606:4700::1', '::ffff:8.8.8.8'].filter(isInside)).toEqual([]);
  await expect(fetchJson('https://localhost:1/x', { named: 'other.example' })).rejects.toThrow('inside of the network');
});
