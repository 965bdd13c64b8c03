// A real Envoy for a test: started on a configuration, ended with the test.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const pointer = resolve(import.meta.dirname, '../../.cache/envoy');

/** Path of the Envoy binary that set-up has found, or undefined. */
export function envoyBinary(): string | undefined {
  const path = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : undefined;
  return path !== undefined && existsSync(path) ? path : undefined;
}

/** `bootstrap_extensions` that every proxy has. */
export const INSIDES = [
  {
    name: 'envoy.bootstrap.internal_listener',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener' },
  },
];

/** What Envoy says against a configuration; undefined when it takes it. */
export function refusal(config: unknown): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'weft-envoy-'));
  try {
    const file = join(folder, 'envoy.json');
    writeFileSync(file, JSON.stringify(config));
    const run = spawnSync(envoyBinary() ?? '', ['--mode', 'validate', '-c', file, '--disable-hot-restart', '-l', 'warning'], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return run.status === 0 && !/deprecated/i.test(run.stderr) ? undefined : `${run.stderr}${run.stdout}`.slice(0, 4000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** A running Envoy. */
export class RunningEnvoy implements AsyncDisposable {
  readonly folder: string;
  readonly #child: ChildProcess;
  #words = '';

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder;
    this.#child = child;
    child.stderr?.on('data', (chunk) => {
      this.#words = (this.#words + String(chunk)).slice(-8000);
    });
  }

  /** Starts Envoy and waits until something listens on `port`. Throws with Envoy's last words when it ends before. */
  static async open(config: unknown, port: number): Promise<RunningEnvoy> {
    const folder = mkdtempSync(join(tmpdir(), 'weft-envoy-'));
    const file = join(folder, 'envoy.json');
    writeFileSync(file, JSON.stringify(config));
    const args = ['-c', file, '--disable-hot-restart', '--concurrency', '1', '-l', 'info', '--drain-time-s', '1'];
    const envoy = new RunningEnvoy(folder, spawn(envoyBinary() ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] }));
    const patience = performance.now() + 120_000;
    while (!(await accepts(port))) {
      if (performance.now() > patience) throw new Error(`envoy does not listen on ${port}\n${envoy.#words}`);
      if (envoy.#child.exitCode !== null) throw new Error(`envoy ended with ${envoy.#child.exitCode}\n${envoy.#words}`);
      await new Promise((done) => setTimeout(done, 20));
    }
    return envoy;
  }

  /** What Envoy said last. */
  words(): string {
    return this.#words;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((done) => this.#child.once('exit', done));
      this.#child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
