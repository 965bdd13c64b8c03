// SPIFFE-ID §2, one test per MUST, for both readers: what may be certified (spiffeIdFault) and what is an identity of ours (parseSpiffeId).
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import { parseSpiffeId, type SpiffeId } from '../model/index.ts';
import { Authority } from './authority.ts';
import { spiffeIdFault } from './template.ts';

const DOMAIN = 'example.mesh';
const GOOD = `spiffe://${DOMAIN}/ns/shop/sa/web`;
const directory = mkdtempSync(join(tmpdir(), 'weft-spiffe-'));
const authority = Authority.open({ directory, trustDomain: DOMAIN, clock: fakeClock() });
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('SPIFFE-ID', () => {
  const refused: readonly (readonly [string, readonly string[]])[] = [
    [
      '§2 the scheme MUST be spiffe',
      ['https://example.mesh/ns/shop/sa/web', 'SPIFFE://example.mesh/ns/shop/sa/web', 'spiffe:/example.mesh/ns/shop/sa/web', '//example.mesh/ns/shop/sa/web'],
    ],
    ['§2 a trust domain name MUST be there', ['spiffe:///ns/shop/sa/web', 'spiffe://']],
    ['§2 a query MUST NOT be there', [`${GOOD}?`, `${GOOD}?a=b`]],
    ['§2 a fragment MUST NOT be there', [`${GOOD}#`, `${GOOD}#a`]],
    ['§2.1 userinfo MUST NOT be set', ['spiffe://root@example.mesh/ns/shop/sa/web', 'spiffe://@example.mesh/ns/shop/sa/web']],
    ['§2.1 a port MUST NOT be set', ['spiffe://example.mesh:443/ns/shop/sa/web']],
    ['§2.1 the colon of a port MUST NOT be there', ['spiffe://example.mesh:/ns/shop/sa/web']],
    [
      '§2.1 the trust domain has lower-case letters, digits, dots, dashes and underscores',
      ['spiffe://Example.mesh/ns/shop/sa/web', 'spiffe://exämple.mesh/ns/shop/sa/web', 'spiffe://example+mesh/ns/shop/sa/web', 'spiffe://[::1]/ns/shop/sa/web'],
    ],
    ['§2.1 percent encoding MUST NOT be in a trust domain', ['spiffe://example%2emesh/ns/shop/sa/web']],
    ['§2.2 percent encoding MUST NOT be in a path', ['spiffe://example.mesh/ns/shop/sa/%77eb', 'spiffe://example.mesh/ns/shop%2fsa/web']],
    [
      '§2.2 a path has letters, digits, dots, dashes and underscores',
      [`${GOOD}+`, `${GOOD} `, `${GOOD}\0`, `${GOOD}\n`, `${GOOD}~`, `${GOOD}é`, `${GOOD}:`, `${GOOD}\\x`],
    ],
    [
      '§2.2 an empty segment MUST NOT be there',
      ['spiffe://example.mesh//ns/shop/sa/web', 'spiffe://example.mesh/ns//sa/web', 'spiffe://example.mesh/ns/shop//sa/web'],
    ],
    [
      '§2.2 a relative segment MUST NOT be there',
      [
        'spiffe://example.mesh/./ns/shop/sa/web',
        'spiffe://example.mesh/ns/shop/sa/.',
        'spiffe://example.mesh/ns/shop/sa/..',
        'spiffe://example.mesh/ns/../sa/web',
      ],
    ],
    ['§2.2 a path MUST NOT end with a slash', [`${GOOD}/`, 'spiffe://example.mesh/']],
    ['§2.3 no more than 2048 bytes', [`spiffe://example.mesh/ns/shop/sa/${'w'.repeat(2048)}`]],
    ['§2.3 no more than 255 bytes of trust domain', [`spiffe://${'d'.repeat(256)}/ns/shop/sa/web`]],
    ['X509-SVID §3.1 a leaf MUST have a path', ['spiffe://example.mesh']],
  ];
  test.each(refused)('%s', (_must, ids) => {
    for (const id of ids) {
      expect(spiffeIdFault(id, DOMAIN), id).toBeDefined();
      expect(parseSpiffeId(id).ok, id).toBe(false);
    }
  });

  test('§2.3 2048 bytes MUST be supported, and 255 of trust domain', () => {
    const head = `spiffe://${DOMAIN}/`;
    expect(spiffeIdFault(head + 'w'.repeat(2048 - head.length), DOMAIN)).toBeUndefined();
    const domain = 'd'.repeat(255);
    expect(spiffeIdFault(`spiffe://${domain}/ns/shop/sa/web`, domain)).toBeUndefined();
    expect(parseSpiffeId(`spiffe://${domain}/ns/shop/sa/web`).ok).toBe(true);
  });

  test('what Weft makes is an identity: names of Kubernetes, account names with dots', () => {
    for (const id of [GOOD, 'spiffe://a_b-c.d/ns/0/sa/a', 'spiffe://example.mesh/ns/shop/sa/web.v2.eu-1']) expect(parseSpiffeId(id).ok, id).toBe(true);
    for (const account of ['-a', 'a-', '.a', 'a.', 'a..b', 'a.-b', 'A', 'a_b'])
      expect(parseSpiffeId(`spiffe://example.mesh/ns/shop/sa/${account}`).ok, account).toBe(false);
  });
});

describe('S-09a', () => {
  const piece = fc.constantFrom(
    'spiffe://',
    DOMAIN,
    '/ns/',
    'shop',
    '/sa/',
    'web',
    '/',
    '..',
    ', URI:',
    ',',
    '\0',
    '\n',
    '%2f',
    '?',
    '#',
    '@',
    ':',
    'other.mesh',
    'é',
    '\u202e',
    'DNS:x',
    ' ',
  );
  const close = fc.array(piece, { maxLength: 9 }).map((parts) => parts.join(''));
  const sane = fc
    .tuple(fc.stringMatching(/^[a-z0-9]{1,8}$/), fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/))
    .map(([ns, sa]) => `spiffe://${DOMAIN}/ns/${ns}/sa/${sa}`);
  const hurt = fc
    .tuple(sane, fc.nat(60), fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }))
    .map(([id, at, text]) => id.slice(0, at) + text + id.slice(at));

  test('10,000 identities as an attacker writes them: none comes out with another name than the one that was asked for', async () => {
    let issued = 0;
    const asked = fc.oneof(
      { weight: 4, arbitrary: close },
      { weight: 1, arbitrary: sane },
      { weight: 4, arbitrary: hurt },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    );
    await fc.assert(
      fc.asyncProperty(asked, async (id) => {
        const svid = await authority.issue(id as SpiffeId).catch((error: { code?: string }) => {
          expect(error.code).toBe('bad-identity');
        });
        if (svid === undefined) return;
        issued++;
        const certificate = new X509Certificate(svid.certificatePem);
        expect(certificate.subjectAltName).toBe(`URI:${id}`);
        expect([certificate.subject ?? '', certificate.ca]).toEqual(['', false]);
      }),
      { numRuns: 10_000 },
    );
    expect(issued).toBeGreaterThan(500);
  }, 60_000);
});
