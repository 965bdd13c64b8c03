// A collector with TLS that asks for a certificate: who shows one and trusts its authority gets through, nobody else does.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LogCollector, startLogCollector } from '../../../test/kit/log-collector.ts';
import { messageOf } from '../line-export.ts';
import { openOtlpSender } from './sender.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-otlp-'));
const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');
let collector: LogCollector;

beforeAll(async () => {
  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...fresh, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=collectors', '-days', '2');
  for (const name of ['server', 'client']) {
    openssl('req', ...fresh, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1');
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-out', `${name}.crt`, '-days', '2', '-copy_extensions', 'copy');
  }
  collector = await startLogCollector({ key: pem('server.key'), cert: pem('server.crt'), ca: pem('ca.crt'), requestCert: true, rejectUnauthorized: true });
});

afterAll(() => {
  collector.close();
  rmSync(folder, { recursive: true, force: true });
});

test('mutual TLS with a certificate and an authority of one’s own; without either nothing is sent', async () => {
  const endpoint = `https://127.0.0.1:${collector.port}`;
  const message = messageOf([], '1.0');
  const own = { certificatePem: pem('client.crt'), keyPem: pem('client.key') };
  await openOtlpSender('logs', { endpoint, tls: { ...own, authoritiesPem: pem('ca.crt') }, headers: { 'x-key': 'k' } }).send(message);
  await expect(openOtlpSender('logs', { endpoint, tls: own }).send(message)).rejects.toThrow(/certificate/);
  await expect(openOtlpSender('logs', { endpoint, tls: { authoritiesPem: pem('ca.crt') } }).send(message)).rejects.toThrow(`127.0.0.1:${collector.port}`);
});
