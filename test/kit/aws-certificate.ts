// A certificate with an RSA key, as AWS publishes one for each region, made here by openssl.
import { execFileSync } from 'node:child_process';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function awsCertificate(): { readonly pem: string; readonly privateKey: KeyObject } {
  const folder = mkdtempSync(join(tmpdir(), 'weft-aws-'));
  try {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '30', '-subj', '/CN=test'], {
      stdio: 'ignore',
    });
    return { pem: readFileSync(certificate, 'utf8'), privateKey: createPrivateKey(readFileSync(key)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
