// A mesh of its own for a test or a measurement: its data folder, `weft up`, workloads started through the command line like a user's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tree } from './cpu.ts';

const home = resolve(import.meta.dirname, '..');

/** A TCP port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves with the first output (either stream) that matches, rejects when the program ends before. */
  printed(what: RegExp): Promise<RegExpExecArray>;
}

/** Processes of one mesh; closing ends them all and removes their folder. */
export class TestMesh implements AsyncDisposable {
  readonly folder: string;
  readonly #programs: Program[] = [];
  #api = { url: '', token: '' };

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

  start(file: string, args: readonly string[]): Program {
    const env = { ...process.env, WEFT_DATA: join(this.folder, 'data'), XDG_RUNTIME_DIR: join(this.folder, 'run'), NO_COLOR: '1' };
    const child = spawn(file, args, { cwd: home, env, stdio: ['pipe', 'pipe', 'pipe'] });
    let words = '';
    const waiting = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        words += chunk;
        for (const look of waiting) look();
      });
    }
    const printed = (what: RegExp): Promise<RegExpExecArray> =>
      new Promise((done, failed) => {
        const look = (): void => {
          const found = what.exec(words);
          if (found === null) return;
          waiting.delete(look);
          done(found);
        };
        waiting.add(look);
        look();
        child.once('exit', (code) => failed(new Error(`${[file, ...args].join(' ')} ended with ${code}\n${words.slice(-2000)}`)));
      });
    const program = { pid: child.pid ?? 0, child, printed };
    this.#programs.push(program);
    return program;
  }

  weft(args: readonly string[]): Program {
    return this.start(process.execPath, [join(home, 'src/bin/weft.ts'), ...args]);
  }

  /** Starts the control plane and returns its process. */
  async up(): Promise<Program> {
    const [api, xds] = [await freePort(), await freePort()];
    const program = this.weft(['up', '--api', `127.0.0.1:${api}`, '--xds', `127.0.0.1:${xds}`]);
    await program.printed(/weft is up/);
    this.#api = { url: `http://127.0.0.1:${api}`, token: readFileSync(join(this.folder, 'data', 'admin.token'), 'utf8').trim() };
    return program;
  }

  /** Sends documents as one transaction; throws with the control plane's words when it refuses them. */
  async apply(documents: readonly unknown[]): Promise<void> {
    const headers = { authorization: `Bearer ${this.#api.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.#api.url}/weft/v1/apply`, { method: 'POST', headers, body: JSON.stringify({ documents }) });
    if (!answer.ok) throw new Error(`apply: ${answer.status} ${await answer.text()}`);
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
