// Commands of the command line in this process: one module, its own options, the outside in memory.
import { Readable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import type { CommandModule, GlobalFlags, Invocation } from '../../src/cli/command.ts';
import { CommandError } from '../../src/cli/exit.ts';
import { findControlPlane } from '../../src/cli/session.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandWorld {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly now?: () => number;
}

export interface RunOptions {
  readonly namespace?: string;
  readonly stdin?: string;
  readonly flags?: Partial<GlobalFlags>;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with everything that was printed so far, whenever something is. */
  readonly seen?: (out: string) => void;
}

const notHere = (): Promise<never> => Promise.reject(new Error('not here'));

const FLAGS: GlobalFlags = { color: 'never', headers: true, verbose: false, quiet: false, timeout: '30s', timeoutMs: 30_000 };

/** Runs one command as the frame does; a CommandError becomes its words and its code. */
export async function runCommand(world: CommandWorld, module: CommandModule, argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const io = {
    out: (text: string): void => {
      out += text;
      options.seen?.(out);
    },
    err: (text: string): void => {
      err += text;
    },
    stdin: Readable.from(options.stdin === undefined ? [] : [options.stdin]),
    env: { ...world.env, ...options.env },
    cwd: world.cwd,
    terminal: false,
    columns: 120,
    now: world.now ?? Date.now,
    signal: options.signal ?? new AbortController().signal,
  };
  const flags: GlobalFlags = { ...FLAGS, ...(options.namespace === undefined ? {} : { namespace: options.namespace }), ...options.flags };
  const declared = new Command('test').exitOverride().configureOutput({ writeErr: (text) => io.err(text) });
  module.declare(declared);
  const invocation: Invocation = {
    io,
    flags,
    namespace: flags.namespace ?? 'default',
    actions: {
      version: '0.1.0',
      weft: ['weft'],
      up: notHere,
      run: notHere,
      agent: notHere,
      restore: notHere,
      seal: { status: notHere, rekey: notHere, newKey: notHere },
    },
    paint: (_, text) => text,
    note: (line) => io.err(`${line}\n`),
    session: async () => findControlPlane(io, flags),
  };
  try {
    declared.parse(argv, { from: 'user' });
    const code = await module.run(invocation, declared.processedArgs as (string | readonly string[] | undefined)[], declared.opts());
    return { code, out, err };
  } catch (error) {
    if (error instanceof CommanderError) return { code: 64, out, err };
    if (!(error instanceof CommandError)) throw error;
    return { code: error.code, out, err: `${err}error: ${error.message}\n` };
  }
}
