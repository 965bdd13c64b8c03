// The user's program: started inside, its terminal and output left alone, its signals passed on, its end reported as it was.
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type Command, exitOf, pause } from './command.ts';
import type { Janitor } from './janitor.ts';

export interface ApplicationOptions {
  readonly command: Command;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly janitor: Janitor;
  readonly prefix?: string;
  /** The program shares our terminal and so our process group: it hears the terminal's signals itself. */
  readonly terminal: boolean;
}

/** Passes lines on with a prefix. A last line without an end is given one. */
export function prefixLines(from: Readable, to: Writable, prefix: string): void {
  createInterface({ input: from, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => to.write(`${prefix}${line}\n`));
}

/** A shell's code for how a process ended: its own, or 128 + the signal's number. */
export function exitCodeOf(end: { readonly code: number | null; readonly signal: NodeJS.Signals | null }): number {
  return end.code ?? (end.signal === null ? 1 : 128 + (constants.signals[end.signal] ?? 0));
}

export class Application {
  readonly #child: ChildProcess;
  readonly #terminal: boolean;
  /** Exit code, once it has ended. */
  readonly ended: Promise<number>;

  private constructor(child: ChildProcess, terminal: boolean) {
    this.#child = child;
    this.#terminal = terminal;
    this.ended = exitOf(child).then(exitCodeOf);
  }

  static start({ command, env, cwd, janitor, prefix, terminal }: ApplicationOptions): Application {
    const output = prefix === undefined ? 'inherit' : 'pipe';
    // without a terminal a group of its own: everything it starts can be ended with it, and a ^C for us is not one for it
    const child = spawn(command.file, [...command.args], { detached: !terminal, cwd, env: { ...env }, stdio: ['inherit', output, output] });
    if (child.stdout !== null) prefixLines(child.stdout, process.stdout, prefix ?? '');
    if (child.stderr !== null) prefixLines(child.stderr, process.stderr, prefix ?? '');
    janitor.watch(child, terminal ? 'pid' : 'group');
    return new Application(child, terminal);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined;
  }

  /** Sends it a signal, if it still runs. */
  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  /** `signal`, then SIGKILL after `graceMs`; what the program started itself and left behind is ended too. Returns the exit code. */
  async stop(signal: NodeJS.Signals, graceMs: number): Promise<number> {
    this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    const code = await this.ended;
    clearTimeout(timer);
    await this.endGroup(graceMs === 0 ? 0 : 1000);
    return code;
  }

  /** Ends what is left of the program's process group. */
  async endGroup(graceMs: number): Promise<void> {
    if (!this.#signalGroup('SIGTERM')) return;
    for (let waitedMs = 0; waitedMs < graceMs; waitedMs += 50) {
      await pause(50);
      if (!this.#signalGroup(0)) return;
    }
    this.#signalGroup('SIGKILL');
  }

  #signalGroup(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#child;
    if (this.#terminal || pid === undefined) return false;
    try {
      return process.kill(-pid, signal);
    } catch {
      return false;
    }
  }
}
