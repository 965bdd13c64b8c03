import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../../test/kit/fake-clock.ts';
import { type SpiffeId, spiffeId, type TrustDomain } from '../model/index.ts';
import { certificatesIn, pemOf } from './anchor.ts';
import { Authority, type AuthorityOptions } from './authority.ts';
import { makePrivateDirectory, writePrivateFile } from './private-file.ts';
import { generateKey, keyIdOf, keyPem, nameOf, signCertificate, spkiOf } from './sign.ts';
import { rootTemplate } from './template.ts';

const DOMAIN = 'example.mesh';
const WEB = spiffeId(DOMAIN as TrustDomain, 'shop', 'web');
const DAY_MS = 24 * 3600 * 1000;
let directory: string;
let clock: FakeClock;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weft-anchor-'));
  clock = fakeClock();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string): string => join(directory, name);
const open = (more: Partial<AuthorityOptions> = {}): Authority => Authority.open({ directory, trustDomain: DOMAIN, clock, ...more });

function verifies(authority: Authority, chainPem: string): string {
  writeFileSync(at('roots.pem'), authority.bundle());
  writeFileSync(at('chain.pem'), chainPem);
  const when = String(Math.floor(clock.now() / 1000));
  return execFileSync('openssl', ['verify', '-x509_strict', '-attime', when, '-CAfile', at('roots.pem'), '-untrusted', at('chain.pem'), at('chain.pem')], {
    encoding: 'utf8',
    timeout: 10_000,
  });
}

/** A data folder as it was before there were issuers: a root that signs leaves itself. */
function writeOldRoot(): void {
  makePrivateDirectory(at('ca'));
  const key = generateKey();
  const spki = spkiOf(key);
  const template = { ...rootTemplate(DOMAIN, { notBefore: clock.now() - 60_000, notAfter: clock.now() + 100 * DAY_MS }), pathLength: 0 };
  const der = signCertificate(template, spki, { key, name: nameOf(template.commonName), keyId: keyIdOf(spki) });
  writeFileSync(at('ca/root.pem'), pemOf(new X509Certificate(der)));
  writePrivateFile(at('ca/root.key'), keyPem(key));
}

describe('what signs leaves', () => {
  test('is an issuer below the root, and is sent with the leaf', async () => {
    const authority = open();
    const { certificatePem } = await authority.issue(WEB);
    const [leaf, issuer, ...more] = certificatesIn(certificatePem);
    expect([leaf?.issuer, issuer?.issuer, more]).toEqual([`CN=Weft issuer of ${DOMAIN}`, `CN=Weft root of ${DOMAIN}`, []]);
    expect(verifies(authority, certificatePem)).toContain('OK');
  });

  test('is the root itself in a data folder from before', async () => {
    writeOldRoot();
    const authority = open();
    const { certificatePem, version } = await authority.issue(WEB);
    expect(certificatesIn(certificatePem)).toHaveLength(1);
    expect(verifies(authority, certificatePem)).toContain('OK');
    expect(open().held(WEB, version)).toBeDefined();
    expect([authority.created, existsSync(at('ca/issuer.key'))]).toEqual([false, false]);
  });

  test('is replaced at half of its life, while it runs and at a start', async () => {
    const authority = open();
    const first = certificatesIn((await authority.issue(WEB)).certificatePem)[1];
    clock.setNow(clock.now() + 200 * DAY_MS);
    const { certificatePem } = await authority.issue(WEB);
    const second = certificatesIn(certificatePem)[1];
    expect(second?.serialNumber).not.toBe(first?.serialNumber);
    expect(verifies(authority, certificatePem)).toContain('OK');
    expect(certificatesIn((await open().issue(WEB)).certificatePem)[1]?.serialNumber).toBe(second?.serialNumber);
  });

  test('goes on without the root’s key, and says what is missing when it ends', async () => {
    open();
    rmSync(at('ca/root.key'));
    clock.setNow(clock.now() + 300 * DAY_MS);
    const authority = open();
    expect((await authority.issue(WEB)).notAfter).toBe(clock.now() + DAY_MS);
    clock.setNow(clock.now() + 100 * DAY_MS);
    expect(() => open()).toThrow(/issuer\.key is missing or has expired, and .*root\.key, which could sign another, is not here/);
  });

  test('is refused when its file is damaged or its key is another', () => {
    open();
    const text = readFileSync(at('ca/issuer.key'), 'utf8');
    writePrivateFile(at('ca/issuer.key'), text.replace(/-----BEGIN PRIVATE[\s\S]*?KEY-----\n/, keyPem(generateKey())));
    expect(() => open()).toThrow(/the key in .*issuer\.key does not belong to the certificate in it/);
    writePrivateFile(at('ca/issuer.key'), 'garbage');
    expect(() => open()).toThrow(/issuer\.key is damaged/);
  });
});

/** A certificate authority of openssl's: an RSA root, a P-256 certificate below it. */
function supply(extensions: readonly string[], key = 'prime256v1'): { readonly chainPem: string; readonly keyPem: string } {
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'] });
  if (!existsSync(at('corp.pem')))
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '3650',
      '-subj',
      '/O=Corp/CN=Corp root',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
      '-keyout',
      at('corp.key'),
      '-out',
      at('corp.pem'),
    );
  openssl('ecparam', '-name', key, '-genkey', '-noout', '-out', at('mid.key'));
  openssl('req', '-new', '-key', at('mid.key'), '-subj', '/O=Corp/CN=Mesh issuer', '-out', at('mid.csr'));
  writeFileSync(at('mid.cnf'), extensions.join('\n'));
  openssl(
    'x509',
    '-req',
    '-in',
    at('mid.csr'),
    '-CA',
    at('corp.pem'),
    '-CAkey',
    at('corp.key'),
    '-days',
    '365',
    '-extfile',
    at('mid.cnf'),
    '-out',
    at('mid.pem'),
  );
  return { chainPem: readFileSync(at('mid.pem'), 'utf8') + readFileSync(at('corp.pem'), 'utf8'), keyPem: readFileSync(at('mid.key'), 'utf8') };
}

const GOOD = [
  'basicConstraints=critical,CA:TRUE,pathlen:0',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
  'authorityKeyIdentifier=keyid',
];

describe('a chain and key that were supplied', () => {
  beforeEach(() => clock.setNow(Date.now() + 5000));

  test('sign, verify against their root, and are kept', async () => {
    const authority = open({ supplied: supply(GOOD) });
    const { certificatePem, version } = await authority.issue(WEB);
    expect(verifies(authority, certificatePem)).toContain('OK');
    expect(new X509Certificate(authority.bundle()).subject).toContain('CN=Corp root');
    expect(existsSync(at('ca/root.key'))).toBe(false);
    expect(open().held(WEB, version)).toBeDefined();
    expect(authority.serverCertificate(['control-plane.weft']).certificatePem.endsWith(authority.bundle())).toBe(true);
  });

  test('are replaced by others of the same root, and by no others', () => {
    const first = open({ supplied: supply(GOOD) });
    const second = open({ supplied: supply(GOOD) });
    expect(second.anchors[0]?.chainPem).not.toBe(first.anchors[0]?.chainPem);
    rmSync(at('corp.pem'));
    expect(() => open({ supplied: supply(GOOD) })).toThrow(/weft ca rotate --ca-cert/);
  });

  const wrong: readonly (readonly [string, () => { readonly chainPem: string; readonly keyPem: string }, RegExp])[] = [
    [
      'no CA',
      () => supply(['basicConstraints=critical,CA:FALSE']),
      /certificate 1 of the chain \(.*Mesh issuer\) may not sign certificates: its basicConstraints/,
    ],
    ['no keyCertSign', () => supply([GOOD[0] ?? '', 'keyUsage=critical,cRLSign']), /keyUsage must say keyCertSign/],
    ['another purpose', () => supply([...GOOD, 'extendedKeyUsage=serverAuth']), /extendedKeyUsage must be absent, or have serverAuth and clientAuth/],
    ['name constraints', () => supply([...GOOD, 'nameConstraints=permitted;DNS:example.com']), /has name constraints/],
    [
      'another trust domain',
      () => supply([...GOOD, 'subjectAltName=URI:spiffe://other.mesh']),
      /is spiffe:\/\/other\.mesh, and this mesh is spiffe:\/\/example\.mesh/,
    ],
    ['another kind of key', () => supply(GOOD, 'secp384r1'), /the key is not a P-256 key/],
    ['another key', () => ({ ...supply(GOOD), keyPem: keyPem(generateKey()) }), /the key does not belong to the first certificate/],
    ['no root', () => ({ ...supply(GOOD), chainPem: readFileSync(at('mid.pem'), 'utf8') }), /is not signed by itself, and nothing stands behind it/],
    [
      'the wrong order',
      () => ({ ...supply(GOOD), chainPem: readFileSync(at('corp.pem'), 'utf8') + readFileSync(at('mid.pem'), 'utf8') }),
      /is not signed by the one behind it/,
    ],
    ['a root alone', () => ({ ...supply(GOOD), chainPem: readFileSync(at('corp.pem'), 'utf8') }), /the chain is a root alone/],
    ['nothing', () => ({ ...supply(GOOD), chainPem: '' }), /the chain has no certificate/],
    ['garbage for a key', () => ({ ...supply(GOOD), keyPem: 'garbage' }), /the key cannot be read/],
  ];
  test.each(wrong)('with %s are refused, and it is said why', (_what, make, words) => {
    expect(() => open({ supplied: make() })).toThrow(words);
    expect(existsSync(at('ca/issuer.key'))).toBe(false);
  });

  test('that have expired are refused', () => {
    const supplied = supply(GOOD);
    clock.setNow(clock.now() + 400 * DAY_MS);
    expect(() => open({ supplied })).toThrow(/certificate 1 of the chain .* expired/);
  });

  test('of any subject can be certified under', async () => {
    await expect(open({ supplied: supply(GOOD) }).issue('spiffe://other.mesh/ns/a/sa/b' as SpiffeId)).rejects.toMatchObject({ code: 'bad-identity' });
  });
});
