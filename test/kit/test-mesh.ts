// A mesh of its own for a test or a measurement: its data folder, `weft up`, workloads started through the command line like a user's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tree } from './cpu.ts';
import { weftProgram } from './weft-program.ts';

const home = resolve(import.meta.dirname, '../..');

const given = new Set<number>();

/** A TCP port of loopback that was free a moment ago, and was given to nobody else of this process. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port is free');
  if (given.has(address.port)) return freePort();
  given.add(address.port);
  return address.port;
}

export interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves with the first output (either stream) that matches, rejects when the program ends before. */
  printed(what: RegExp): Promise<RegExpExecArray>;
  /** The same for output that comes after this call. */
  next(what: RegExp): Promise<RegExpExecArray>;
  /** Everything printed so far. */
  words(): string;
}

/** The admin token of the control plane that runs on a data folder, where the command line finds it, too. */
export function localToken(data: string): string {
  const { credentials } = JSON.parse(readFileSync(join(data, 'control-plane.json'), 'utf8')) as { readonly credentials: string };
  return readFileSync(join(credentials, 'admin.token'), 'utf8').trim();
}

/** Processes of one mesh; closing ends them all and removes their folder. */
export class TestMesh implements AsyncDisposable {
  readonly folder: string;
  readonly #programs: Program[] = [];
  #api = { url: '', token: '' };
  #ports = { api: 0, xds: 0 };

  private constructor(folder: string) {
    this.folder = folder;
  }

  static open(): TestMesh {
    const folder = mkdtempSync(join(tmpdir(), 'weft-mesh-'));
    mkdirSync(join(folder, 'run'), { mode: 0o700 });
    return new TestMesh(folder);
  }

  get api(): { readonly url: string; readonly token: string } {
    return this.#api;
  }

  /** Where proxies and machines connect. */
  get xdsPort(): number {
    return this.#ports.xds;
  }

  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      WEFT_DATA: join(this.folder, 'data'),
      XDG_RUNTIME_DIR: join(this.folder, 'run'),
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      NO_COLOR: '1',
    };
  }

  start(file: string, args: readonly string[]): Program {
    const child = spawn(file, args, { cwd: home, env: this.env, stdio: ['pipe', 'pipe', 'pipe'] });
    let words = '';
    const waiting = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        words += chunk;
        for (const look of waiting) look();
      });
    }
    const after = (start: number, what: RegExp): Promise<RegExpExecArray> =>
      new Promise((done, failed) => {
        const ended = (): void => failed(new Error(`${[file, ...args].join(' ')} ended with ${child.exitCode ?? child.signalCode}\n${words.slice(-2000)}`));
        const look = (): void => {
          const found = what.exec(words.slice(start));
          if (found === null) return;
          waiting.delete(look);
          child.off('exit', ended);
          done(found);
        };
        waiting.add(look);
        if (child.exitCode !== null || child.signalCode !== null) ended();
        else child.once('exit', ended);
        look();
      });
    const program = {
      pid: child.pid ?? 0,
      child,
      printed: (what: RegExp) => after(0, what),
      next: (what: RegExp) => after(words.length, what),
      words: () => words,
    };
    this.#programs.push(program);
    return program;
  }

  weft(args: readonly string[]): Program {
    return this.start(process.execPath, [weftProgram, ...args]);
  }

  /** Starts the control plane and returns its process; a second call starts it again on the same ports and data. */
  async up(more: readonly string[] = []): Promise<Program> {
    if (this.#ports.api === 0) this.#ports = { api: await freePort(), xds: await freePort() };
    const { api, xds } = this.#ports;
    const program = this.weft(['up', '--api', `127.0.0.1:${api}`, '--xds', `127.0.0.1:${xds}`, ...more]);
    await program.printed(/weft is up/);
    this.#api = { url: `http://127.0.0.1:${api}`, token: localToken(join(this.folder, 'data')) };
    return program;
  }

  /** Runs `weft ...args` to its end, whatever its exit code. */
  async run(args: readonly string[], input = ''): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const child = spawn(process.execPath, [weftProgram, ...args], { cwd: home, env: this.env });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk) => {
        out[name] += chunk;
      });
    }
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? -1, ...out };
  }

  /** A request to the management API with the admin token; the parsed body. Throws on any status of 400 and above. */
  async call<T>(path: string, init: { readonly method?: string; readonly body?: unknown; readonly type?: string } = {}): Promise<T> {
    const headers = { authorization: `Bearer ${this.#api.token}`, 'content-type': init.type ?? 'application/json' };
    const body = init.body === undefined ? {} : { body: JSON.stringify(init.body) };
    const answer = await fetch(this.#api.url + path, { method: init.method ?? 'GET', headers, ...body });
    if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** Sends documents as one transaction; throws with the control plane's words when it refuses them. */
  async apply(documents: readonly unknown[]): Promise<void> {
    await this.call('/weft/v1/apply', { method: 'POST', body: { documents } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const everyone = this.#programs.flatMap(({ pid }) => tree(pid));
    for (const { child } of [...this.#programs].reverse()) {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await Promise.race([once(child, 'exit'), new Promise((done) => setTimeout(done, 8000))]);
    }
    for (const pid of everyone) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // ended by itself, as it should
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
