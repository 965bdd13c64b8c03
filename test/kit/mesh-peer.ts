// A peer of the mesh without a proxy: openssl with a certificate of its choice, at the port where a workload is reached.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestMesh } from './test-mesh.ts';

export interface Pem {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Handshake {
  /** The application answered. */
  readonly answered: boolean;
  /** The server took up the session that was given. */
  readonly resumed: boolean;
  /** The server gave something to resume with: a file for the next attempt. */
  readonly session: string | undefined;
  readonly words: string;
}

/** Where peers reach a workload of namespace `shop`. */
export async function placeOf(mesh: TestMesh, service: string): Promise<Place> {
  interface Workloads {
    readonly items: readonly {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>>; readonly name: string };
      readonly spec: WorkloadSpec;
    }[];
  }
  interface WorkloadSpec {
    readonly address: string;
    readonly ports: readonly { readonly proxyPort?: number; readonly port: number }[];
  }
  const { items } = await mesh.call<Workloads>('/apis/weft.dev/v1alpha1/namespaces/shop/workloads');
  const found = items.find(({ metadata }) => metadata.name.startsWith(`${service}-`));
  const [port] = found?.spec.ports ?? [];
  return { host: found?.spec.address ?? '', port: port?.proxyPort ?? port?.port ?? 0 };
}

interface Client {
  readonly child: ChildProcessWithoutNullStreams;
  readonly folder: string;
  words(): string;
}

function openClient({ host, port }: Place, { certificatePem, keyPem }: Pem, more: readonly string[]): Client {
  const folder = mkdtempSync(join(tmpdir(), 'weft-peer-'));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('cert.pem'), certificatePem);
  writeFileSync(at('key.pem'), keyPem, { mode: 0o600 });
  const args = ['s_client', '-connect', `${host}:${port}`, '-tls1_3', '-cert', at('cert.pem'), '-cert_chain', at('cert.pem'), '-key', at('key.pem')];
  const child = spawn('openssl', [...args, '-alpn', 'http/1.1', '-sess_out', at('session'), ...more], { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      words += chunk;
    });
  child.stdin.on('error', () => {});
  return { child, folder, words: () => words };
}

/** A connection that is kept open: one request was answered on it. `closed` resolves when the server has ended it. */
export async function hold(place: Place, pem: Pem): Promise<{ readonly closed: Promise<void>; readonly open: boolean }> {
  const { child, folder, words } = openClient(place, pem, []);
  let open = true;
  const closed = new Promise<void>((done) =>
    child.once('close', () => {
      open = false;
      rmSync(folder, { recursive: true, force: true });
      done();
    }),
  );
  child.stdin.write('GET / HTTP/1.1\r\nhost: peer\r\n\r\n');
  while (open && !/HTTP\/1\.1 200/.test(words())) await new Promise((done) => setTimeout(done, 50));
  return {
    closed,
    get open() {
      return open;
    },
  };
}

/** Sends one request as the owner of a certificate, if a session is given on that. */
export async function knock(place: Place, pem: Pem, session?: string): Promise<Handshake> {
  const { child, folder, words } = openClient(place, pem, session === undefined ? [] : ['-sess_in', session]);
  child.stdin.write('GET / HTTP/1.1\r\nhost: peer\r\nconnection: close\r\n\r\n');
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await new Promise((done) => child.once('close', done));
  clearTimeout(timer);
  const kept = join(folder, 'session');
  const left = existsSync(kept) ? kept : undefined;
  if (left === undefined) rmSync(folder, { recursive: true, force: true });
  return { answered: /HTTP\/1\.1 200/.test(words()), resumed: /^Reused/m.test(words()), session: left, words: words() };
}
