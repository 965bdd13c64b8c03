// A real API server for a test: etcd and kube-apiserver of KUBEBUILDER_ASSETS, started by hand on loopback (as controller-runtime's
// envtest does), ended by their process ids.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeClient, type KubeConfig } from '../../src/kube/index.ts';
import { freePort } from './test-mesh.ts';

export const ASSETS = process.env['KUBEBUILDER_ASSETS'] ?? '/usr/local/kubebuilder/bin';

export const hasKubeApi = existsSync(join(ASSETS, 'kube-apiserver')) && existsSync(join(ASSETS, 'etcd'));

/** An administrator, and somebody without any role. */
const TOKENS = 'administrator-token,admin,1,"system:masters"\nnobody-token,nobody,2\n';

interface Ports {
  readonly etcd: number;
  readonly peer: number;
  readonly api: number;
}

export class KubeApi {
  readonly config: KubeConfig;
  readonly client: KubeClient;
  readonly folder: string;
  readonly #ports: Ports;
  readonly #running = new Map<string, ChildProcess>();

  readonly #flags: readonly string[];

  private constructor(folder: string, ports: Ports, flags: readonly string[]) {
    this.folder = folder;
    this.#flags = flags;
    this.#ports = ports;
    this.config = {
      server: `https://127.0.0.1:${ports.api}`,
      ca: undefined,
      serverName: undefined,
      insecure: true,
      certificate: undefined,
      bearer: { kind: 'token', token: 'administrator-token' },
      namespace: 'default',
    };
    this.client = new KubeClient(this.config);
  }

  /** `flags`: more of them for the API server, given the folder that goes with it. */
  static async start(flags: (folder: string) => readonly string[] = () => []): Promise<KubeApi> {
    const folder = mkdtempSync(join(tmpdir(), 'weft-kube-'));
    const made = new KubeApi(folder, { etcd: await freePort(), peer: await freePort(), api: await freePort() }, flags(folder));
    writeFileSync(join(folder, 'tokens.csv'), TOKENS);
    execFileSync('openssl', ['genrsa', '-out', join(folder, 'sa.key'), '2048'], { stdio: 'ignore' });
    made.#etcd();
    await made.startApi();
    return made;
  }

  #start(name: string, args: readonly string[]): void {
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    this.#running.set(name, spawn(join(ASSETS, name), [...args], { stdio: ['ignore', log, log], cwd: this.folder }));
  }

  #etcd(): void {
    const { etcd, peer } = this.#ports;
    const at = `http://127.0.0.1:${etcd}`;
    const data = ['--data-dir', join(this.folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'];
    this.#start('etcd', [...data, '--listen-client-urls', at, '--advertise-client-urls', at, '--listen-peer-urls', `http://127.0.0.1:${peer}`]);
  }

  /** Starts the API server, and resolves when it is ready. */
  async startApi(): Promise<void> {
    const key = join(this.folder, 'sa.key');
    this.#start('kube-apiserver', [
      `--etcd-servers=http://127.0.0.1:${this.#ports.etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${this.#ports.api}`,
      `--cert-dir=${join(this.folder, 'certificates')}`,
      `--token-auth-file=${join(this.folder, 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--disable-admission-plugins=ServiceAccount',
      '--allow-privileged',
      ...this.#flags,
    ]);
    for (;;) {
      if (this.#running.get('kube-apiserver')?.exitCode !== null) throw new Error(`kube-apiserver ended:\n${this.log('kube-apiserver')}`);
      const ready = await this.client.raw('/readyz').then(
        () => true,
        // it answers "ok", which is not JSON
        (error: unknown) => error instanceof Error && error.message.includes('not JSON'),
      );
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  log(name: string): string {
    return readFileSync(join(this.folder, `${name}.log`), 'utf8').slice(-4000);
  }

  /** Ends the API server at once; what it kept is in etcd. */
  async stopApi(): Promise<void> {
    await this.#end('kube-apiserver');
  }

  /** Asks etcd itself (its JSON gateway, `/v3/…`); the revision that its answer is of. */
  async etcd(call: string, body: unknown): Promise<{ readonly revision: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.etcd}/v3/${call}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd refused ${call}: ${await answer.text()}`);
    return ((await answer.json()) as { header: { revision: string } }).header;
  }

  async #end(name: string): Promise<void> {
    const process = this.#running.get(name);
    this.#running.delete(name);
    if (process === undefined || process.exitCode !== null) return;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.#end('kube-apiserver');
    await this.#end('etcd');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
