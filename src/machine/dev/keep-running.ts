import { type ChildProcess, spawn } from 'node:child_process';
import { exitCodeOf, prefixLines } from '../application.ts';
import { type Command, exitOf, findSystemProgram, pause, within } from '../command.ts';

export interface KeptOptions {
  readonly command: Command;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Before every line it writes. */
  readonly prefix: string;
  readonly tell: (line: string) => void;
  /** Ends it: SIGTERM, and SIGKILL `graceMs` later. */
  readonly signal: AbortSignal;
  readonly graceMs: number;
  /** Ends it at once. */
  readonly now: AbortSignal;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const SETTLED_MS = 30_000;

/** In front of a command: it ends with us, in order, also when we are killed. Where the system cannot do that, as it is. */
export function tied(command: Command): Command {
  const setpriv = process.platform === 'linux' ? findSystemProgram('setpriv') : undefined;
  return setpriv === undefined ? command : within([setpriv, '--pdeathsig', 'TERM', '--'], command);
}

function startOne({ command, env, cwd, prefix }: KeptOptions): ChildProcess {
  // a group of its own: the terminal's ^C is for `weft dev`, which ends its children in order
  const { file, args } = tied(command);
  const child = spawn(file, [...args], { detached: true, env: { ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  prefixLines(child.stdout, process.stdout, prefix);
  prefixLines(child.stderr, process.stderr, prefix);
  return child;
}

/** Runs a command again and again, with growing waits while it keeps failing, until the signal aborts and it has ended. */
export async function keepRunning(options: KeptOptions): Promise<void> {
  const { signal, now, tell, prefix, graceMs } = options;
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; ) {
    const began = performance.now();
    const child = startOne(options);
    const end = (): void => {
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
    };
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', end, { once: true });
    now.addEventListener('abort', kill, { once: true });
    const code = exitCodeOf(await exitOf(child));
    signal.removeEventListener('abort', end);
    now.removeEventListener('abort', kill);
    if (signal.aborted) return;
    if (performance.now() - began > SETTLED_MS) waitMs = FIRST_WAIT_MS;
    tell(`${prefix}ended with code ${code}; starting it again in ${waitMs / 1000} s`);
    await pause(waitMs, signal);
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}
