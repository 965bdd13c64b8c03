import type { Command } from 'commander';
import type { Actions } from './actions.ts';
import type { ExitCode } from './exit.ts';
import type { Io } from './io.ts';
import type { Session } from './session.ts';

/** Flags every command understands. */
export interface GlobalFlags {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly data?: string;
  readonly namespace?: string;
  readonly color: 'auto' | 'always' | 'never';
  readonly headers: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly timeout: string;
}

export interface Invocation {
  readonly io: Io;
  readonly flags: GlobalFlags;
  /** `-n`, or `default`. */
  readonly namespace: string;
  readonly actions: Actions;
  /** Paints when colour is on, else returns the text as it is. */
  readonly paint: (style: 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', text: string) => string;
  /** The control plane; found and connected at the first call. Throws CommandError 69 with the remedy when there is none. */
  session(): Promise<Session>;
}

/**
 * One command of the command line. `declare` describes options and arguments to commander; `run` does it. Modules of commands are
 * imported only when they are called, so `summary` and the rest stand in commands/index.ts.
 */
export interface CommandModule {
  declare(command: Command): void;
  /** `args` as commander parsed them (a rest argument is an array), `options` by long name. */
  run(invocation: Invocation, args: readonly (string | readonly string[] | undefined)[], options: Readonly<Record<string, unknown>>): Promise<ExitCode>;
}

/** What `weft --help` and completion know of a command without loading it. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly group: 'Run' | 'Documents' | 'See' | 'Other';
  /** Two lines that can be typed as they are. */
  readonly examples: readonly string[];
  readonly load: () => Promise<CommandModule>;
  readonly hidden?: boolean;
}
