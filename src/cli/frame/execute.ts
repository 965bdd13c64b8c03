import { Command, CommanderError } from 'commander';
import type { Actions } from '../actions.ts';
import type { CommandEntry, CommandModule, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { addGlobalFlags, readGlobalFlags } from './global-flags.ts';
import { colourful, painter } from './paint.ts';

export interface Outside {
  readonly io: Io;
  readonly actions: Actions;
}

/** A command as commander knows it: its own flags, then those of every command. */
export function describe(entry: CommandEntry, module: CommandModule, io: Io): Command {
  const command = new Command(`weft ${entry.name}`);
  command
    .description(entry.summary)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: () => undefined, getOutHelpWidth: () => Math.min(io.columns, 120) })
    .addHelpText('beforeAll', `Examples:\n${entry.examples.map((line) => `  ${line}\n`).join('')}`)
    .helpOption('-h, --help', 'show this');
  for (const alias of entry.aliases ?? []) command.alias(alias);
  module.declare(command);
  addGlobalFlags(command);
  return command;
}

/** Runs one command with its words. What was typed wrongly ends with 64 and a hint; what the command throws is passed on. */
export async function execute(entry: CommandEntry, words: readonly string[], outside: Outside): Promise<ExitCode> {
  const { io } = outside;
  const module = await entry.load();
  const command = describe(entry, module, io);
  let code: ExitCode = EXIT.ok;
  command.action(async () => {
    const running = module.run(openInvocation(outside, command), command.processedArgs, command.opts());
    code = await (entry.ownSignals === true ? running : Promise.race([running, interrupted(io.signal)]));
  });
  try {
    await command.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return refused(io, entry, error);
    throw error;
  }
}

/** What commander says: help that was asked for, or a word it does not understand. */
function refused(io: Io, { name }: CommandEntry, { exitCode, message }: CommanderError): ExitCode {
  if (exitCode === 0) return EXIT.ok;
  const words = message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)/, ': did you mean $1?');
  io.err(`error: ${words}\n  see: weft ${name} --help\n`);
  return EXIT.usage;
}

function interrupted(signal: AbortSignal): Promise<ExitCode> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(EXIT.interrupted);
    else signal.addEventListener('abort', () => resolve(EXIT.interrupted), { once: true });
  });
}

function openInvocation({ io, actions }: Outside, command: Command): Invocation {
  const flags = readGlobalFlags(command.opts());
  let session: ReturnType<Invocation['session']> | undefined;
  return {
    io,
    flags,
    namespace: flags.namespace ?? (io.env['WEFT_NAMESPACE'] || 'default'),
    actions,
    paint: painter(colourful(io, flags.color)),
    note: (line) => {
      if (!flags.quiet) io.err(`${line}\n`);
    },
    session: () => {
      // the wire is loaded when it is needed: help and checks of files do without
      session ??= import('../session.ts').then(({ findControlPlane }) => findControlPlane(io, flags));
      return session;
    },
  };
}
