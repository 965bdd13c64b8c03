// weft __complete -- WORD… CURRENT: one word per line that could stand in place of CURRENT. Asked by the scripts, on every Tab: what
// goes wrong here is silence, never words on a terminal somebody types in.
import type { Command, Option } from 'commander';
import { type CommandEntry, type CommandModule, type Invocation, words } from '../../command.ts';
import { EXIT } from '../../exit.ts';
import { describe } from '../../frame/execute.ts';
import { findName, GLOBAL_FLAGS } from '../../frame/global-flags.ts';
import { COMMANDS, findCommand } from '../index.ts';
import { valuesFor } from './values.ts';

export const command: CommandModule = {
  declare(declared) {
    declared.argument('[words...]').allowUnknownOption();
  },

  async run(invocation, args) {
    const typed = words(args[0]);
    const current = typed.at(-1) ?? '';
    const found = await suggest(invocation, typed.slice(0, -1), current).catch((): readonly string[] => []);
    const fitting = [...new Set(found)].filter((word) => word.startsWith(current) && !/[\s\p{Cc}]/u.test(word));
    invocation.io.out(fitting.map((word) => `${word}\n`).join(''));
    return EXIT.ok;
  },
};

async function suggest(invocation: Invocation, before: readonly string[], current: string): Promise<readonly string[]> {
  if (before.includes('--')) return [];
  const spoken = findName(before);
  if (spoken.name === undefined && GLOBAL_FLAGS.some(({ flags }) => flags.includes('<') && flags.split(/[ ,]+/).includes(before.at(-1) ?? '')))
    return GLOBAL_FLAGS.find(({ flags }) => flags.split(/[ ,]+/).includes(before.at(-1) ?? ''))?.choices ?? [];
  const entry = spoken.name === undefined || spoken.name === 'help' ? undefined : findCommand(spoken.name);
  if (entry !== undefined) return within(invocation, entry, { before: [...spoken.before, ...spoken.rest], current });
  if (spoken.name !== undefined && spoken.name !== 'help') return [];
  if (current.startsWith('-'))
    return ['--help', '--version', ...GLOBAL_FLAGS.flatMap(({ flags }) => flags.split(/[ ,]+/).filter((each) => each.startsWith('--')))];
  return COMMANDS.filter(({ hidden }) => hidden !== true).flatMap(({ name, aliases = [] }) => [name, ...aliases]);
}

interface Line {
  readonly before: readonly string[];
  readonly current: string;
}

async function within(invocation: Invocation, entry: CommandEntry, { before, current }: Line): Promise<readonly string[]> {
  const declared = describe(entry, await entry.load(), invocation.io);
  const options = new Map(declared.options.flatMap((option) => [option.short, option.long].flatMap((name) => (name ? [[name, option] as const] : []))));
  const last = options.get(before.at(-1) ?? '');
  if (last !== undefined && takesValue(last)) return valuesFor(invocation, { entry, option: last, before, current });
  const inline = /^(--[a-z-]+)=/.exec(current)?.[1];
  const named = inline === undefined ? undefined : options.get(inline);
  if (inline !== undefined && named !== undefined) {
    const values = await valuesFor(invocation, { entry, option: named, before, current: current.slice(inline.length + 1) });
    return values.map((value) => `${inline}=${value}`);
  }
  if (current.startsWith('-')) return ['--help', ...declared.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []))];
  const given = positionals(before, options);
  return valuesFor(invocation, { entry, argument: argumentAt(declared, given), before, given, current });
}

const takesValue = (option: Option): boolean => option.required || option.optional;

/** The words that are neither flags nor their values. */
function positionals(before: readonly string[], options: ReadonlyMap<string, Option>): readonly string[] {
  return before.filter((word, at) => {
    const previous = options.get(before[at - 1] ?? '');
    return !word.startsWith('-') && !(previous !== undefined && takesValue(previous));
  });
}

function argumentAt(declared: Command, before: readonly string[]): { readonly choices: readonly string[] } {
  const argument = declared.registeredArguments[before.length] ?? declared.registeredArguments.at(-1);
  return { choices: argument?.argChoices ?? [] };
}
