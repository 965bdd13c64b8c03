// Where a running control plane is, for the command line of the same user.
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFixedFolder } from '../machine/index.ts';
import { type Api, adminToken, kubeconfig } from '../manage/index.ts';
import type { GrpcServer } from '../wire/index.ts';
import { type ControlPlaneOptions, hostPort, type Parts } from './parts.ts';
import { WEFT_VERSION } from './version.ts';

/** A 0600 file in the data folder, whatever the umask is. */
function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

/** Writes where this control plane is and how to reach it, for the command line of the same user; removed at the end. */
export function announce(
  { directory, xds, seal }: ControlPlaneOptions,
  { authority, trustDomain, files }: Parts,
  { api, grpc }: { readonly api: Api; readonly grpc: GrpcServer },
): () => void {
  const where = join(directory, 'control-plane.json');
  const token = adminToken(join(directory, 'admin.token'), files);
  // In clear only while the control plane runs, and beside the data folder: in memory where the system keeps such folders there.
  const credentials = seal === undefined ? directory : openFixedFolder(`up-${seal.install.slice(0, 8)}`);
  const facts = () => ({
    api: api.url,
    xds: hostPort(xds.host, grpc.port),
    pid: process.pid,
    trustDomain,
    rootFingerprint: authority.rootFingerprint,
    version: WEFT_VERSION,
    credentials,
  });
  const url = api.url.replace(/^http:/, 'https:');
  const write = (): void => {
    writePrivate(where, `${JSON.stringify(facts(), null, 2)}\n`);
    writePrivate(join(credentials, 'kubeconfig'), kubeconfig({ url, rootPem: authority.bundle(), token }));
  };
  write();
  const off = authority.onBundle(write);
  if (credentials !== directory) writePrivate(join(credentials, 'admin.token'), `${token}\n`);
  return () => {
    off();
    rmSync(where, { force: true });
    if (credentials !== directory) rmSync(credentials, { recursive: true, force: true });
  };
}
