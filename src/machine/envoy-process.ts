// One Envoy: started, watched, started again with back-off when it dies, stopped. It gives itself a parent-death signal (SIGTERM), bound
// to the *thread* that started it: so it is started from Node's main thread, and it never outlives us.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Captured } from './capture/port.ts';
import { exitOf, pause } from './command.ts';
import { machineError } from './errors.ts';
import type { Janitor } from './janitor.ts';
import type { RunFolder } from './run-folder.ts';
import { getOverUnix } from './unix-http.ts';

export interface EnvoyOptions {
  readonly binary: string;
  readonly folder: RunFolder;
  readonly captured: Captured;
  readonly janitor: Janitor;
  readonly drainSeconds: number;
  /** Its threads. */
  readonly workers?: number;
  readonly tell: (line: string) => void;
  /** Every line of Envoy's log, at level warning. */
  readonly log: (line: string) => void;
}

const KEPT_LINES = 30;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;
/** An Envoy that lived this long died of something new: back-off begins again. */
const SETTLED_MS = 30_000;

export class EnvoyProcess {
  readonly #options: EnvoyOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #lines: string[] = [];
  #restarts = 0;
  #watching: Promise<void> = Promise.resolve();

  private constructor(options: EnvoyOptions) {
    this.#options = options;
  }

  /** Starts Envoy; it is restarted until `stop`. */
  static start(options: EnvoyOptions): EnvoyProcess {
    const envoy = new EnvoyProcess(options);
    envoy.#watching = envoy.#keepAlive();
    return envoy;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  #spawn(): ChildProcess {
    const { binary, folder, captured, janitor, drainSeconds, workers = 1 } = this.#options;
    const drain = ['--drain-time-s', String(Math.max(1, drainSeconds)), '--drain-strategy', 'immediate'];
    const args = ['-c', folder.bootstrap, '--concurrency', String(workers), '--disable-hot-restart', ...drain, '-l', 'warning'];
    const own = captured.envoyUser === undefined ? undefined : openSync(binary, 'r');
    // Envoy's own user may not be allowed to walk to the binary (root's cache below /root): through an open file it can run it
    const file = own === undefined ? binary : '/proc/self/fd/3';
    const command = captured.envoy({ file, args });
    const child = spawn(command.file, [...command.args], { detached: true, cwd: '/', stdio: ['ignore', 'pipe', 'pipe', own ?? 'ignore'] });
    if (own !== undefined) closeSync(own);
    janitor.watch(child, 'group');
    child.stdout?.on('data', (chunk: Buffer) => this.#heard(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#heard(chunk));
    return child;
  }

  #heard(chunk: Buffer): void {
    for (const line of chunk.toString().split('\n')) {
      // what it says of its own orderly end is no news
      if (line.trim() === '' || this.#stopping.signal.aborted) continue;
      this.#lines.push(line);
      this.#options.log(line);
    }
    this.#lines = this.#lines.slice(-KEPT_LINES);
  }

  async #keepAlive(): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (!this.#stopping.signal.aborted) {
      const started = performance.now();
      this.#child = this.#spawn();
      const { code, signal, error } = await exitOf(this.#child);
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - started > SETTLED_MS) waitMs = FIRST_WAIT_MS;
      this.#restarts++;
      const how = error?.message ?? (signal === null ? `code ${code}` : signal);
      this.#options.tell(`envoy ended (${how}); starting it again in ${waitMs / 1000} s${this.lastWords()}`);
      await pause(waitMs, this.#stopping.signal);
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    }
  }

  /** The last lines Envoy logged, indented, for a message. */
  lastWords(): string {
    const telling = this.#lines.filter((line) => /\[(?:error|critical)\]|^[^[]/.test(line)).slice(-3);
    return telling.map((line) => `\n  envoy: ${line}`).join('');
  }

  /**
   * Waits until Envoy has its whole configuration and serves. Throws `machine/envoy` when it does not within `timeoutMs`, or dies
   * three times first; the message carries Envoy's last words.
   */
  async ready(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const { folder } = this.#options;
    const before = this.#restarts;
    const until = performance.now() + timeoutMs;
    while (performance.now() < until && signal?.aborted !== true) {
      const answer = await getOverUnix(folder.readySocket, '/ready', 1000);
      if (answer?.status === 200) return;
      if (this.#restarts - before >= 3) throw machineError('machine/envoy', `envoy does not start${this.lastWords()}`);
      await pause(20, signal);
    }
    if (signal?.aborted === true) return;
    const state = (await getOverUnix(folder.adminSocket, '/ready', 1000))?.body.trim() ?? 'no answer from its admin socket';
    throw machineError(
      'machine/envoy',
      `envoy did not become ready within ${timeoutMs / 1000} s (${state})${this.lastWords()}\n  it waits for its configuration: \`weft proxies\` on the control plane says whether it is connected`,
    );
  }

  /** Requests that peers have open to the application, or clients to a gateway, now; 0 when Envoy does not answer. */
  async active(): Promise<number> {
    const filter = encodeURIComponent('^cluster\\.inbound.*\\.upstream_rq_active$|^http\\.gateway\\.downstream_rq_active$');
    const answer = await getOverUnix(this.#options.folder.adminSocket, `/stats?filter=${filter}`, 1000);
    return answer === undefined ? 0 : sumStats(answer.body);
  }

  /** Says on every connection that its next answer is the last, is not ready any more, and takes no new connections after the drain time. */
  async drainListeners(): Promise<void> {
    const { adminSocket } = this.#options.folder;
    await getOverUnix(adminSocket, '/healthcheck/fail', 1000, 'POST');
    await getOverUnix(adminSocket, '/drain_listeners?graceful&skip_exit', 1000, 'POST');
  }

  /** Ends Envoy: SIGTERM, and SIGKILL when it does not follow within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exitOf(child);
      clearTimeout(timer);
    }
    await this.#watching;
  }
}

/** Sum of the values of Envoy's `/stats` text, `name: value` per line. */
export function sumStats(text: string): number {
  return text.split('\n').reduce((sum, line) => sum + (Number(line.slice(line.lastIndexOf(':') + 1)) || 0), 0);
}
