import { execFileSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../../test/kit/fake-clock.ts';
import { type SpiffeId, spiffeId, type TrustDomain, workloadKey } from '../model/index.ts';
import { Authority } from './authority.ts';
import { serialMark, serialText } from './serial.ts';

// The library's dependency injection asks for decorator metadata, which reading certificates does not need.
Object.assign(Reflect, { getMetadata: () => undefined, defineMetadata: () => {}, hasOwnMetadata: () => false, getOwnMetadata: () => undefined });
const x509 = await import('@peculiar/x509');

const DOMAIN = 'example.mesh';
const WEB = spiffeId(DOMAIN as TrustDomain, 'shop', 'web');
const HOUR_MS = 3600 * 1000;
let directory: string;
let clock: FakeClock;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weft-ca-'));
  clock = fakeClock();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (options: { leafLifetimeMs?: number; trustDomain?: string } = {}): Authority =>
  Authority.open({ directory, trustDomain: DOMAIN, clock, ...options });

function openssl(args: readonly string[], input: string): string {
  return execFileSync('openssl', args, { input, encoding: 'utf8', timeout: 10_000 });
}

function openSslVerify(authority: Authority, certificatePem: string, purpose: string): string {
  const root = join(directory, 'verify-root.pem');
  writeFileSync(root, authority.bundle());
  const chain = join(directory, 'verify-chain.pem');
  writeFileSync(chain, certificatePem);
  const at = Math.floor(clock.now() / 1000);
  return openssl(['verify', '-x509_strict', '-attime', String(at), '-CAfile', root, '-untrusted', chain, '-purpose', purpose], certificatePem);
}

describe('X.509-SVID, one test per MUST that an issuer can break', () => {
  test('§2: exactly one URI SAN, the SPIFFE ID', async () => {
    const { certificatePem } = await open().issue(WEB);
    expect(new X509Certificate(certificatePem).subjectAltName).toBe(`URI:${WEB}`);
  });

  test('§2 with RFC 5280 §4.2.1.6: the SAN is critical because the subject is empty', async () => {
    const { certificatePem } = await open().issue(WEB);
    const certificate = new x509.X509Certificate(certificatePem);
    expect(certificate.subject).toBe('');
    expect(certificate.getExtension(x509.SubjectAlternativeNameExtension)?.critical).toBe(true);
  });

  test('§3.1: a signing certificate has no path in its SPIFFE ID', () => {
    expect(new X509Certificate(open().bundle()).subjectAltName).toBe(`URI:spiffe://${DOMAIN}`);
  });

  test('§4.1: a leaf has cA false, a signing certificate cA true; pathLenConstraint counts what may stand below', async () => {
    const authority = open();
    const leaf = new x509.X509Certificate((await authority.issue(WEB)).certificatePem);
    const root = new x509.X509Certificate(authority.bundle());
    expect(leaf.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: false, critical: true });
    const issuer = new x509.X509Certificate(authority.anchors[0]?.chainPem ?? '');
    expect(root.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: true, pathLength: 1, critical: true });
    expect(issuer.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: true, pathLength: 0, critical: true });
  });

  test('§4.3: key usage is critical; a leaf signs digitally and neither certificates nor CRLs; a root the reverse', async () => {
    const authority = open();
    const leaf = new x509.X509Certificate((await authority.issue(WEB)).certificatePem).getExtension(x509.KeyUsagesExtension);
    const root = new x509.X509Certificate(authority.bundle()).getExtension(x509.KeyUsagesExtension);
    expect([leaf?.critical, leaf?.usages]).toEqual([true, x509.KeyUsageFlags.digitalSignature]);
    expect([root?.critical, root?.usages]).toEqual([true, x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign]);
  });

  test('§4.4: extended key usage has serverAuth and clientAuth', async () => {
    const { certificatePem } = await open().issue(WEB);
    expect(new X509Certificate(certificatePem).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  test('§5.2: the leaf verifies against the bundle, for both ends of a connection', async () => {
    const authority = open();
    const { certificatePem } = await authority.issue(WEB);
    expect(openSslVerify(authority, certificatePem, 'sslserver')).toContain('OK');
    expect(openSslVerify(authority, certificatePem, 'sslclient')).toContain('OK');
  });
});

describe('SPIFFE-ID §2: what is refused before anything is signed', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['another trust domain', 'spiffe://other.mesh/ns/shop/sa/web'],
    ['another scheme', 'https://example.mesh/ns/shop/sa/web'],
    ['an upper-case trust domain', 'spiffe://Example.mesh/ns/shop/sa/web'],
    ['a port', 'spiffe://example.mesh:443/ns/shop/sa/web'],
    ['user information', 'spiffe://root@example.mesh/ns/shop/sa/web'],
    ['a query', 'spiffe://example.mesh/ns/shop/sa/web?x=1'],
    ['a fragment', 'spiffe://example.mesh/ns/shop/sa/web#x'],
    ['percent encoding', 'spiffe://example.mesh/ns/shop/sa/%77eb'],
    ['an empty segment', 'spiffe://example.mesh/ns//sa/web'],
    ['a dot segment', 'spiffe://example.mesh/ns/./sa/web'],
    ['a dot-dot segment', 'spiffe://example.mesh/ns/shop/sa/..'],
    ['a trailing slash', 'spiffe://example.mesh/ns/shop/sa/web/'],
    ['no path', 'spiffe://example.mesh'],
    ['no trust domain', 'spiffe:///ns/shop/sa/web'],
    ['a NUL', 'spiffe://example.mesh/ns/shop/sa/web\0'],
    ['a letter that is not ASCII', 'spiffe://example.mesh/ns/shop/sa/wéb'],
    ['more than 2048 bytes', `spiffe://example.mesh/ns/shop/sa/${'w'.repeat(2048)}`],
  ];
  test.each(refused)('%s', async (_what, id) => {
    await expect(open().issue(id as SpiffeId)).rejects.toMatchObject({ code: 'bad-identity' });
  });
});

describe('leaves', () => {
  test('begin a minute ago, live as long as asked, renew at half of it ± 10 %', async () => {
    const authority = open({ leafLifetimeMs: HOUR_MS });
    for (let i = 0; i < 20; i++) {
      const svid = await authority.issue(WEB);
      const certificate = new X509Certificate(svid.certificatePem);
      expect(certificate.validFromDate.getTime()).toBe(clock.now() - 60_000);
      expect(certificate.validToDate.getTime()).toBe(clock.now() + HOUR_MS);
      expect(svid.notAfter).toBe(clock.now() + HOUR_MS);
      expect(svid.renewAt).toBeGreaterThanOrEqual(clock.now() + 0.45 * HOUR_MS);
      expect(svid.renewAt).toBeLessThanOrEqual(clock.now() + 0.55 * HOUR_MS);
    }
  });

  test('live 24 h unless told otherwise, and never longer than the root', async () => {
    const authority = open();
    expect((await authority.issue(WEB)).notAfter).toBe(clock.now() + 24 * HOUR_MS);
    clock.setNow(authority.rootNotAfter - HOUR_MS);
    expect((await authority.issue(WEB)).notAfter).toBe(authority.rootNotAfter);
  });

  test('every one has its own key and its own 16-byte positive serial, and its key fits', async () => {
    const authority = open();
    const serials = new Set<string>();
    const keys = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const { certificatePem, keyPem } = await authority.issue(WEB);
      const certificate = new X509Certificate(certificatePem);
      expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
      expect(certificate.publicKey.equals(createPublicKey(keyPem))).toBe(true);
      serials.add(certificate.serialNumber);
      keys.add(keyPem);
    }
    expect([serials.size, keys.size]).toEqual([50, 50]);
  });

  test('the serials of one workload begin alike, and like no other’s', async () => {
    const authority = open();
    const serialOf = async (name: string): Promise<string> =>
      new X509Certificate((await authority.issue(WEB, workloadKey('shop', name))).certificatePem).serialNumber.toLowerCase();
    const [first, second, other] = [await serialOf('web-1'), await serialOf('web-1'), await serialOf('web-2')];
    expect(first).toMatch(/^[4-7][0-9a-f]{31}$/);
    expect([first.slice(0, 16), second.slice(0, 16)]).toEqual([serialText(serialMark('shop/web-1')), first.slice(0, 16)]);
    expect([first === second, other.startsWith(first.slice(0, 16))]).toEqual([false, false]);
  });

  test('are read without complaint by openssl', async () => {
    const { certificatePem } = await open().issue(WEB);
    const text = openssl(['x509', '-noout', '-text'], certificatePem);
    expect(text).toContain(`URI:${WEB}`);
    expect(text).toContain('ASN1 OID: prime256v1');
    expect(text).toContain('Version: 3 (0x2)');
    expect(text).toMatch(/X509v3 Authority Key Identifier:\s+[0-9A-F:]+/);
  });

  test('after 2049 have times that openssl reads (GeneralizedTime)', async () => {
    clock.setNow(Date.UTC(2049, 11, 31, 23));
    const authority = open();
    const { certificatePem } = await authority.issue(WEB);
    expect(openssl(['x509', '-noout', '-enddate'], certificatePem)).toContain('Jan  1 23:00:00 2050 GMT');
    expect(openssl(['x509', '-noout', '-enddate'], authority.bundle())).toContain('2060 GMT');
  });
});

describe('the control plane’s own certificate', () => {
  test('names hosts and addresses, carries the root, and is not for clients', () => {
    const authority = open();
    const server = authority.serverCertificate(['control-plane.weft', 'Mesh.example.com', '127.0.0.1', '::1', 'fe80::1:2']);
    const leaf = new X509Certificate(server.certificatePem);
    expect(leaf.subjectAltName).toBe(
      'DNS:control-plane.weft, DNS:mesh.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FE80:0:0:0:0:0:1:2',
    );
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(server.certificatePem.endsWith(authority.bundle())).toBe(true);
    expect(openSslVerify(authority, server.certificatePem, 'sslserver')).toContain('OK');
  });

  test('has no SPIFFE ID, so it is nobody’s peer in the mesh', () => {
    expect(new X509Certificate(open().serverCertificate(['control-plane.weft']).certificatePem).subjectAltName).not.toContain('URI');
  });

  test('refuses what is no name', () => {
    expect(() => open().serverCertificate(['control plane'])).toThrow('neither a host name nor an IP address');
  });

  test('is made anew before it ends, until nobody wants it', async () => {
    const authority = open();
    const first = authority.serverCertificate(['control-plane.weft']);
    const renewed: number[] = [];
    const stop = authority.keepServerCertificate(['control-plane.weft'], first, (next) => renewed.push(Math.ceil((next.notAfter - clock.now()) / 1000) * 1000));
    await clock.advance(first.renewAt - clock.now() - 1);
    expect(renewed).toEqual([]);
    await clock.advance(24 * HOUR_MS);
    expect(renewed).toEqual([30 * 24 * HOUR_MS]);
    stop();
    await clock.advance(60 * 24 * HOUR_MS);
    expect(renewed.length).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

describe('the root', () => {
  test('is made once, P-256, ten years, and found again', () => {
    const first = open();
    const second = open();
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.bundle()).toBe(first.bundle());
    expect(second.rootFingerprint).toBe(first.rootFingerprint);
    expect(first.rootFingerprint).toBe(new X509Certificate(first.bundle()).fingerprint256.replaceAll(':', '').toLowerCase());
    expect((first.rootNotAfter - clock.now()) / (365.25 * 24 * HOUR_MS)).toBeCloseTo(10, 2);
  });

  test('is private whatever the umask', () => {
    const script = `import { makeAnchor } from ${JSON.stringify(join(import.meta.dirname, 'anchor-files.ts'))}; makeAnchor({ name: '1', folder: process.argv[1] + '/ca', trustDomain: 'example.mesh' }, Date.now());`;
    execFileSync('sh', ['-c', 'umask 000; exec "$0" --input-type=module-typescript -e "$1" "$2"', process.execPath, script, directory], { timeout: 10_000 });
    expect(statSync(join(directory, 'ca')).mode & 0o777).toBe(0o700);
    for (const file of ['ca/root.key', 'ca/issuer.key']) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  });

  test.each([0o640, 0o604, 0o620, 0o644])('is not used when its key is open to others (%o), and says what to do', (mode) => {
    open();
    chmodSync(join(directory, 'ca/root.key'), mode);
    expect(() => open()).toThrow(/root\.key is open to other users \(mode 06\d\d\).*chmod 600/);
  });

  test('of another trust domain is not used', () => {
    open();
    expect(() => open({ trustDomain: 'other.mesh' })).toThrow(/of the trust domain example\.mesh, and the mesh is other\.mesh/);
  });

  test('that is damaged, alone or expired says which file and how to go on', () => {
    open();
    const pem = readFileSync(join(directory, 'ca/root.pem'), 'utf8');
    clock.setNow(Date.UTC(2040, 0));
    expect(() => open()).toThrow(/root\.pem expired/);
    clock.setNow(Date.UTC(2026, 11));
    writeFileSync(join(directory, 'ca/root.pem'), 'garbage');
    expect(() => open()).toThrow(/root\.pem is damaged/);
    rmSync(join(directory, 'ca/root.pem'));
    expect(() => open()).toThrow(/root\.pem is missing/);
    writeFileSync(join(directory, 'ca/root.pem'), pem);
    writeFileSync(join(directory, 'ca/root.key'), 'garbage');
    expect(() => open()).toThrow(/root\.key is damaged/);
  });

  test('without its key was never used, and both are made anew', () => {
    const first = open();
    rmSync(join(directory, 'ca/root.key'));
    rmSync(join(directory, 'ca/issuer.key'));
    const second = open();
    expect(second.created).toBe(true);
    expect(second.rootFingerprint).not.toBe(first.rootFingerprint);
  });

  test('that does not fit its key is refused', () => {
    open();
    const pem = readFileSync(join(directory, 'ca/root.pem'), 'utf8');
    rmSync(join(directory, 'ca'), { recursive: true });
    open();
    writeFileSync(join(directory, 'ca/root.pem'), pem);
    expect(() => open()).toThrow(/do not belong together/);
  });
});

describe('versions', () => {
  test('are recognised by a process that comes later', async () => {
    const svid = await open().issue(WEB);
    expect(open().held(WEB, svid.version)).toEqual({ renewAt: svid.renewAt, notAfter: svid.notAfter });
  });

  test('of another identity, another root, altered, or expired are not', async () => {
    const authority = open();
    const { version, notAfter } = await authority.issue(WEB);
    expect(authority.held(spiffeId(DOMAIN as TrustDomain, 'shop', 'checkout'), version)).toBeUndefined();
    for (let at = 0; at < version.length; at++) {
      const other = version[at] === 'A' ? 'B' : 'A';
      const altered = version.slice(0, at) + other + version.slice(at + 1);
      if (Buffer.from(altered, 'base64url').equals(Buffer.from(version, 'base64url'))) continue;
      expect(authority.held(WEB, altered)).toBeUndefined();
    }
    for (const text of ['', 'x', '💥', version.slice(0, -1), `${version}A`]) expect(authority.held(WEB, text)).toBeUndefined();
    clock.setNow(notAfter);
    expect(authority.held(WEB, version)).toBeUndefined();
    rmSync(join(directory, 'ca'), { recursive: true });
    clock.setNow(notAfter - HOUR_MS);
    expect(open().held(WEB, version)).toBeUndefined();
  });
});
