import type { Command } from 'commander';
import type { GlobalFlags } from '../command.ts';
import { CommandError, EXIT } from '../exit.ts';

interface Flag {
  readonly flags: string;
  readonly words: string;
  readonly choices?: readonly string[];
  readonly initial?: string;
}

/** Flags every command understands, before its name or behind it. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  { flags: '-n, --namespace <name>', words: 'namespace (WEFT_NAMESPACE; default: default)' },
  { flags: '--server <url>', words: 'management API of the control plane (WEFT_SERVER); without it the local one' },
  { flags: '--token-file <file>', words: 'admin token for --server (WEFT_TOKEN_FILE, or the token itself in WEFT_TOKEN)' },
  { flags: '--data <folder>', words: 'data folder of the local control plane (WEFT_DATA; default ~/.local/share/weft)' },
  { flags: '--timeout <duration>', words: 'how long the control plane may take to answer', initial: '30s' },
  { flags: '--color <when>', words: 'auto, always or never (NO_COLOR is honoured)', choices: ['auto', 'always', 'never'], initial: 'auto' },
  { flags: '--no-headers', words: 'tables without their first line' },
  { flags: '-v, --verbose', words: 'say more' },
  { flags: '-q, --quiet', words: 'say only what is wrong' },
];

const spellings = (flags: string): string[] => flags.split(/[ ,]+/).filter((word) => word.startsWith('-'));
const VALUED = new Set(GLOBAL_FLAGS.filter(({ flags }) => flags.includes('<')).flatMap(({ flags }) => spellings(flags)));

export interface Spoken {
  /** Flags in front of the command. */
  readonly before: readonly string[];
  readonly name: string | undefined;
  readonly rest: readonly string[];
}

/** Finds the command among the words: the first that is neither a flag nor the value of a global flag. */
export function findName(argv: readonly string[]): Spoken {
  let at = 0;
  while (at < argv.length && argv[at]?.startsWith('-') === true && argv[at] !== '--') at += VALUED.has(argv[at] ?? '') ? 2 : 1;
  return { before: argv.slice(0, at), name: argv[at], rest: argv.slice(at + 1) };
}

/** Adds the global flags to a command, except those it declares itself. */
export function addGlobalFlags(command: Command): void {
  const taken = new Set(command.options.flatMap(({ flags }) => spellings(flags)));
  for (const { flags, words, choices, initial } of GLOBAL_FLAGS) {
    if (spellings(flags).some((spelling) => taken.has(spelling))) continue;
    const option = command.createOption(flags, words).helpGroup('Flags of every command:');
    if (choices !== undefined) option.choices(choices);
    if (initial !== undefined) option.default(initial);
    command.addOption(option);
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const NO_LIMIT_MS = 2 ** 31 - 1;

/** `500ms`, `30s`, `1m`, or a number of seconds; 0 is no limit. Throws CommandError 64. */
function timeoutMs(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,6})(ms|s|m|h)?$/.exec(text) ?? [];
  if (count === undefined) throw new CommandError(EXIT.usage, `--timeout ${text} is no duration\n  write it as 500ms, 30s or 1m`);
  return Math.min(Number(count) * (UNIT_MS[unit] ?? 1000), NO_LIMIT_MS) || NO_LIMIT_MS;
}

/** The global flags among a command's parsed options. Throws CommandError 64. */
export function readGlobalFlags(options: Readonly<Record<string, unknown>>): GlobalFlags {
  const text = (name: string): Record<string, string> => {
    const value = options[name];
    return typeof value === 'string' ? { [name]: value } : {};
  };
  const color = options['color'];
  const timeout = typeof options['timeout'] === 'string' ? options['timeout'] : '30s';
  return {
    ...text('server'),
    ...text('tokenFile'),
    ...text('data'),
    ...text('namespace'),
    color: color === 'always' || color === 'never' ? color : 'auto',
    headers: options['headers'] !== false,
    verbose: options['verbose'] === true,
    quiet: options['quiet'] === true,
    timeout,
    timeoutMs: timeoutMs(timeout),
  };
}
