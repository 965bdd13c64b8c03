import type { CommandEntry, Invocation } from '../command.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';

const GROUPS: Readonly<Record<CommandEntry['group'], string>> = {
  Run: 'Run a mesh',
  Documents: 'Documents',
  See: 'See what happens',
  Other: 'Other',
};

type Row = readonly [string, string];

function aligned(rows: readonly Row[], width: number): string {
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

const titleOf = ({ name, aliases = [] }: CommandEntry): string => [name, ...aliases].join(', ');

/** What `weft --help` prints. */
export function overview(commands: readonly CommandEntry[], paint: Invocation['paint']): string {
  const shown = commands.filter(({ hidden }) => hidden !== true);
  const width = Math.max(...shown.map((entry) => titleOf(entry).length));
  const flags = GLOBAL_FLAGS.map(({ flags: spelled, words }): Row => [spelled, words]);
  const groups = Object.entries(GROUPS).map(([group, title]) => {
    const rows = shown.filter((entry) => entry.group === group).map((entry): Row => [titleOf(entry), entry.summary]);
    return `${paint('bold', title)}\n${aligned(rows, width)}`;
  });
  return [
    `${paint('bold', 'Examples')}\n  weft up\n  weft run --service web --port 8080 -- node web.js\n`,
    `${paint('bold', 'Usage')}\n  weft COMMAND [arguments] [flags]\n`,
    ...groups,
    `${paint('bold', 'Flags of every command')}\n${aligned(flags, Math.max(...flags.map(([left]) => left.length)))}`,
    '`weft COMMAND --help` tells more about a command.\n',
  ].join('\n');
}
