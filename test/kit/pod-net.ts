// Network namespaces as pods on one bridge: what a CNI plugin makes, without a cluster. Needs root, `ip` and `nft`.
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROXY_FOLDER, PROXY_UID, podBootstrap, podRules, TOKEN_FOLDER, TRUST_FOLDER } from '../../src/compile/index.ts';
import { envoyBinary } from './envoy.ts';

/** Whether this machine lets us make them. */
export function hasPodNet(): boolean {
  return process.getuid?.() === 0 && ['ip', 'nft', 'setpriv'].every((program) => spawnSync(program, ['--version']).error === undefined);
}

const execute = promisify(execFile);
const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

export class PodNet implements AsyncDisposable {
  /** The machine's own address, as pods reach it. */
  readonly host = '10.213.7.1';
  readonly folder = mkdtempSync(join(tmpdir(), 'weft-pods-'));
  readonly #bridge = `wp${process.pid % 100_000}`;
  readonly #pods: string[] = [];
  #dual = false;
  readonly #children: ChildProcess[] = [];

  private constructor() {
    this.#ip('link', 'add', this.#bridge, 'type', 'bridge');
    this.#ip('addr', 'add', `${this.host}/24`, 'dev', this.#bridge);
    this.#ip('link', 'set', this.#bridge, 'up');
  }

  static open(): PodNet {
    return new PodNet();
  }

  #ip(...args: readonly string[]): void {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** A pod without anything in it; its address. */
  pod(name: string): string {
    const address = `10.213.7.${2 + this.#pods.length}`;
    const [outside, inside] = [`${this.#bridge}v${this.#pods.length}`, `${this.#bridge}p`];
    this.#pods.push(name);
    const space = this.#space(name);
    this.#ip('netns', 'add', space);
    this.#ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', space);
    this.#ip('link', 'set', outside, 'master', this.#bridge, 'up');
    for (const args of [
      ['link', 'set', 'lo', 'up'],
      ['addr', 'add', `${address}/24`, 'dev', inside],
      ['link', 'set', inside, 'up'],
      ['route', 'add', 'default', 'via', this.host],
    ])
      this.#ip('-n', space, ...args);
    return address;
  }

  /** An address of IPv6 for the pod, that the machine reaches at once. */
  ipv6(name: string): string {
    const own = 'fd13:7::1/64';
    if (!this.#dual) this.#ip('addr', 'add', own, 'dev', this.#bridge, 'nodad');
    this.#dual = true;
    const address = `fd13:7::${(2 + this.#pods.indexOf(name)).toString(16)}`;
    this.#ip('-n', this.#space(name), 'addr', 'add', `${address}/64`, 'dev', `${this.#bridge}p`, 'nodad');
    return address;
  }

  /** Path of its network namespace, as a container runtime names it. */
  netns(name: string): string {
    return `/run/netns/${this.#space(name)}`;
  }

  #space(name: string): string {
    return `${this.#bridge}-${name}`;
  }

  /** Runs JavaScript in the pod, as somebody without rights, until the end of everything. */
  run(name: string, script: string): void {
    this.#children.push(spawn('ip', ['netns', 'exec', this.#space(name), process.execPath, '-e', script], { stdio: 'inherit' }));
  }

  /** What a script in the pod prints. */
  async ask(name: string, script: string): Promise<string> {
    const { stdout } = await execute('ip', ['netns', 'exec', this.#space(name), process.execPath, '-e', script]);
    return stdout.trim();
  }

  /** The rules, and Envoy, as an injected pod has them. */
  mesh(
    name: string,
    options: {
      readonly xdsAddress: string;
      readonly rootPem: string;
      readonly token: string;
      readonly address: string;
      readonly probes: Parameters<typeof podBootstrap>[0]['probes'];
    },
  ): void {
    execFileSync('ip', ['netns', 'exec', this.#space(name), 'nft', podRules({ clusterDomain: 'cluster.local' })]);
    const at = (file: string): string => join(this.folder, `${name}-${file}`);
    const envoy = join(this.folder, 'envoy');
    if (!existsSync(envoy)) copyFileSync(envoyBinary() ?? '', envoy);
    execFileSync('chmod', ['755', this.folder, envoy]);
    execFileSync('install', ['-d', '-o', String(PROXY_UID), at('run')]);
    writeFileSync(at('token'), options.token);
    const secret = (fields: object): string => JSON.stringify({ resources: [{ '@type': SECRET, ...fields }] });
    writeFileSync(at('token.yaml'), secret({ name: 'token', generic_secret: { secret: { filename: at('token') } } }));
    writeFileSync(at('trust.yaml'), secret({ name: 'control-plane', validation_context: { trusted_ca: { inline_string: options.rootPem } } }));
    const config = podBootstrap({ xdsAddress: options.xdsAddress, podAddress: options.address, heapBytes: 2 ** 29, probes: options.probes ?? [] })
      .replaceAll(`${TRUST_FOLDER}/`, at(''))
      .replaceAll(`"${TRUST_FOLDER}"`, `"${this.folder}"`)
      .replaceAll(`"${TOKEN_FOLDER}"`, `"${this.folder}"`)
      .replaceAll(PROXY_FOLDER, at('run'));
    const who = `shop/${name}`;
    const args = ['netns', 'exec', this.#space(name), 'setpriv', `--reuid=${PROXY_UID}`, '--clear-groups', envoy, '--config-yaml', config];
    this.#children.push(
      spawn('ip', [...args, '--service-node', who, '--service-cluster', who, '--concurrency', '1', '--disable-hot-restart', '-l', 'critical'], {
        stdio: 'inherit',
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      const gone = new Promise((done) => child.once('exit', done));
      if (child.exitCode === null && child.kill('SIGKILL')) await gone;
    }
    for (const name of this.#pods) this.#ip('netns', 'del', this.#space(name));
    this.#ip('link', 'del', this.#bridge);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
