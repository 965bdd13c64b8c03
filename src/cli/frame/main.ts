import type { Actions } from '../actions.ts';
import { COMMANDS, findCommand } from '../commands/index.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { forTerminal } from '../text/plain.ts';
import { execute } from './execute.ts';
import { failureOf } from './failure.ts';
import { findName } from './global-flags.ts';
import { overview } from './help.ts';
import { colourful, painter } from './paint.ts';

/** Nothing but what commands themselves mean to does anything to a terminal. What goes to a file or another program is as it is. */
function shown(io: Io): Io {
  const { out, err } = io;
  return { ...io, out: (text) => out(io.terminal ? forTerminal(text) : text), err: (text) => err(forTerminal(text)) };
}

/**
 * The whole command line: `argv` without program and script. Never throws; what went wrong is on `io.err`, the rest is the exit
 * code (exit.ts). Loads only the command that is called.
 */
export async function main(argv: readonly string[], outside: Io, actions: Actions): Promise<ExitCode> {
  const io = shown(outside);
  try {
    return await dispatch(argv, io, actions);
  } catch (error) {
    if (io.signal.aborted) return EXIT.interrupted;
    const { code, words } = failureOf(error);
    io.err(`${painter(colourful(io, 'auto'))('red', 'error')}: ${words}\n`);
    return code;
  }
}

async function dispatch(argv: readonly string[], io: Io, actions: Actions): Promise<ExitCode> {
  const { before, name, rest } = findName(argv);
  if (before.includes('--version') || before.includes('-V')) {
    io.out(`weft ${actions.version}\n`);
    return EXIT.ok;
  }
  const helping = before.includes('--help') || before.includes('-h') || name === 'help';
  const named = name === 'help' ? rest[0] : name;
  if (named === undefined) {
    const [stray] = before;
    if (!helping && stray !== undefined) return refuse(io, `a command is missing behind ${before.join(' ')}`);
    (helping ? io.out : io.err)(overview(COMMANDS, painter(colourful(io, 'auto'))));
    return helping ? EXIT.ok : EXIT.usage;
  }
  const entry = findCommand(named);
  if (entry === undefined) return unknownCommand(io, named);
  return execute(entry, name === 'help' ? ['--help'] : [...before, ...rest], { io, actions });
}

function refuse(io: Io, words: string): ExitCode {
  io.err(`error: ${words}\n  see: weft --help\n`);
  return EXIT.usage;
}

async function unknownCommand(io: Io, name: string): Promise<ExitCode> {
  const { nearest } = await import('../../model/index.ts');
  const names = COMMANDS.filter(({ hidden }) => hidden !== true).flatMap((entry) => [entry.name, ...(entry.aliases ?? [])]);
  const meant = nearest(name, names);
  return refuse(io, `there is no command "${name}"${meant === undefined ? '' : `: did you mean "${meant}"?`}`);
}
