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
  /** Undefined when `-n` was not given: then `Invocation.namespace` is `default`. */
  readonly namespace?: string;
  readonly color: 'auto' | 'always' | 'never';
  readonly headers: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** `--timeout` as it was typed, and in ms. */
  readonly timeout: string;
  readonly timeoutMs: number;
}

export interface Invocation {
  readonly io: Io;
  readonly flags: GlobalFlags;
  /** `-n`, or `default`. */
  readonly namespace: string;
  readonly actions: Actions;
  /** Paints when colour is on, else returns the text as it is. */
  readonly paint: (style: 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', text: string) => string;
  /** A line on stderr, unless `-q`. */
  readonly note: (line: string) => void;
  /** The control plane; found and connected at the first call. Throws CommandError 69 with the remedy when there is none. */
  session(): Promise<Session>;
}

export type Arguments = readonly (string | readonly string[] | undefined)[];
export type Options = Readonly<Record<string, unknown>>;

/**
 * One command of the command line. `declare` describes options and arguments to commander; `run` does it. Modules of commands are
 * imported only when they are called, so `summary` and the rest stand in commands/index.ts.
 */
export interface CommandModule {
  declare(command: Command): void;
  /** `args` as commander parsed them (a rest argument is an array), `options` by long name. */
  run(invocation: Invocation, args: Arguments, options: Options): Promise<ExitCode>;
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
  /** Listens to ^C itself, and decides what it means. */
  readonly ownSignals?: boolean;
}

/** The words of a rest argument. */
export function words(value: Arguments[number]): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** A text option, undefined when it was not given. */
export function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** All values of an option that may be repeated. */
export function texts(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
}

/** Option parser for a flag that may be given several times. */
export function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
