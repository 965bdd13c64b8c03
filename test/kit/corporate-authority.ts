// Somebody else's certificate authority, made with openssl: an RSA root, and below it a P-256 certificate that may sign for a mesh.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MAY_SIGN =
  'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n';

/** Files for `--ca-cert` and `--ca-key`. */
export function corporateAuthority(folder: string): { readonly chain: string; readonly key: string } {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore', timeout: 60_000 });
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
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
    ...usage,
    '-keyout',
    at('root.key'),
    '-out',
    at('root.pem'),
  );
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at('mesh.key'));
  openssl('req', '-new', '-key', at('mesh.key'), '-subj', '/O=Corp/CN=Mesh issuer', '-out', at('mesh.csr'));
  writeFileSync(at('mesh.cnf'), MAY_SIGN);
  const signed = ['-CA', at('root.pem'), '-CAkey', at('root.key'), '-days', '365', '-extfile', at('mesh.cnf'), '-out', at('mesh.pem')];
  openssl('x509', '-req', '-in', at('mesh.csr'), ...signed);
  writeFileSync(at('chain.pem'), readFileSync(at('mesh.pem'), 'utf8') + readFileSync(at('root.pem'), 'utf8'));
  return { chain: at('chain.pem'), key: at('mesh.key') };
}
