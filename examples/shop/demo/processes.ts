// Starts the processes of the demo and ends every one of them, also those that an earlier, killed demo left behind.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';

const home = resolve(import.meta.dirname, '../../..');
const PREFIX = `weft-demo-${userInfo().username}-`;

/** A folder for one demo, and the processes started in its name. */
export class Stage {
  readonly folder: string;
  readonly #children = new Set<ChildProcess>();
  readonly #program: string;
  readonly #viaSetpriv: boolean;

  private constructor(folder: string, program: string, viaSetpriv: boolean) {
    this.folder = folder;
    this.#program = program;
    this.#viaSetpriv = viaSetpriv;
  }

  /** Clears what dead demos left, and makes a new folder (0700). `program` is the file with which Node runs `weft`. */
  static open(program: string): Stage {
    for (const name of readdirSync(tmpdir())) if (name.startsWith(PREFIX)) sweep(join(tmpdir(), name));
    const folder = mkdtempSync(join(tmpdir(), PREFIX));
    mkdirSync(join(folder, 'run'), { mode: 0o700 });
    writeFileSync(join(folder, 'owner'), String(process.pid));
    return new Stage(folder, program, process.platform === 'linux' && works('setpriv', ['--version']));
  }

  /** Environment of every process of the demo: its own data folder and run folder, nothing of the user's mesh. */
  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      WEFT_DATA: join(this.folder, 'data'),
      XDG_RUNTIME_DIR: join(this.folder, 'run'),
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      NO_COLOR: '1',
    };
  }

  /** Pids of the processes that run. */
  get pids(): ReadonlySet<number> {
    return new Set([...this.#children].flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
  }

  /** Starts `weft ...args`. When the demo dies, however it dies, the process gets SIGTERM (Linux). */
  weft(args: readonly string[], options: { readonly env?: NodeJS.ProcessEnv; readonly name: string }): ChildProcess {
    const command = [process.execPath, this.#program, ...args];
    const [file = '', ...rest] = this.#viaSetpriv ? ['setpriv', '--pdeathsig', 'TERM', ...command] : command;
    const child = spawn(file, rest, { cwd: join(home, 'examples/shop'), env: { ...this.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const log: string[] = [];
    child.stderr?.on('data', (chunk) => log.push(String(chunk)));
    this.#children.add(child);
    if (child.pid !== undefined) writeFileSync(join(this.folder, `pid-${child.pid}`), options.name);
    child.once('exit', () => {
      this.#children.delete(child);
      writeFileSync(join(this.folder, `log-${options.name}`), log.join(''));
    });
    return child;
  }

  /** Runs `weft ...args` to its end and returns what it printed; throws with its words when it fails. */
  run(args: readonly string[]): string {
    return execFileSync(process.execPath, [this.#program, ...args], {
      cwd: join(home, 'examples/shop'),
      env: this.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Ends all processes, the youngest first so that the control plane sees them leave, and removes the folder. */
  async close(): Promise<void> {
    for (const child of [...this.#children].reverse().slice(0, -1)) child.kill('SIGTERM');
    await this.#gone(15_000, 1);
    for (const child of this.#children) child.kill('SIGTERM');
    await this.#gone(5_000, 0);
    for (const child of this.#children) child.kill('SIGKILL');
    await this.#gone(2_000, 0);
    if (process.env['WEFT_DEMO_KEEP'] === undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  async #gone(patienceMs: number, left: number): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (this.#children.size > left && performance.now() < deadline) await new Promise((done) => setTimeout(done, 25));
  }
}

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends the processes of a demo whose owner is gone. A pid is only touched when it still runs Weft out of that folder. */
function sweep(folder: string): void {
  const owner = Number(textOf(join(folder, 'owner')));
  if (owner > 0 && alive(owner)) return;
  for (const name of readdirSync(folder)) {
    const pid = Number(/^pid-(\d+)$/.exec(name)?.[1] ?? 0);
    if (pid > 0 && textOf(`/proc/${pid}/environ`).includes(folder)) end(pid);
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Content of a file, '' when it is not there (any more). */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself a moment ago
  }
}
