// weft ban, unban, evict, bans: who is shut out of the mesh.
import type { BanView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import { type CommandModule, type Invocation, text } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { TablePrinter } from '../../text/table.ts';

interface Done {
  readonly who: string;
  /** Streams that were ended. */
  readonly proxies: number;
  readonly changed: boolean;
}

type Verb = 'ban' | 'unban' | 'evict';

async function ask(invocation: Invocation, verb: Verb, body: unknown): Promise<Done> {
  const done = (await new Client(invocation).weft(verb, body)) as Done | undefined;
  if (done === undefined) throw new CommandError(EXIT.failed, 'this control plane is older than `weft ban`');
  return done;
}

/** `web-1` is a workload of `-n`. */
const named = ({ namespace }: Invocation, who: unknown): string => (String(who).includes('/') ? String(who) : `${namespace}/${String(who)}`);

const WORDS: Readonly<Record<Verb, (done: Done) => string>> = {
  ban: ({ who, proxies }) =>
    `${who} is banned: ${proxies} streams ended, its token and its next certificate are refused; the certificate it has is good until it ends (weft proxies)`,
  unban: ({ who, changed }) => (changed ? `${who} may come in again` : `${who} was not banned`),
  evict: ({ who, proxies }) => `${who} is out: ${proxies} streams ended; it can join again`,
};

function command(verb: Verb, declareMore: CommandModule['declare'] = () => undefined): CommandModule {
  return {
    declare(declared) {
      declared.argument('<name>', 'NAMESPACE/WORKLOAD, or serviceaccount/NAMESPACE/NAME').option('-o, --output <form>', 'json or yaml');
      declareMore(declared);
    },
    async run(invocation, [who], options): Promise<ExitCode> {
      const form = readOutput(options['output'], ['text', 'json', 'yaml'] as const, 'text');
      const reason = text(options, 'reason');
      const done = await ask(invocation, verb, { who: named(invocation, who), ...(reason === undefined ? {} : { reason }) });
      invocation.io.out(form === 'text' ? `${WORDS[verb](done)}\n` : await valueText(done, form));
      return EXIT.ok;
    },
  };
}

export const ban = command('ban', (declared) => void declared.option('--reason <words>', 'why; shown by weft bans and to who is refused'));
export const unban = command('unban');
export const evict = command('evict');

export const bans: CommandModule = {
  declare(declared) {
    declared.option('-o, --output <form>', 'table, json or yaml');
  },
  async run(invocation, _args, options) {
    const form = readOutput(options['output'], ['table', 'json', 'yaml'] as const, 'table');
    const { items } = (await new Client(invocation).weft('bans')) as { readonly items: readonly BanView[] };
    if (form !== 'table') invocation.io.out(await valueText({ items }, form));
    else if (items.length === 0) invocation.io.err('Nobody is banned.\n');
    else {
      const rows = items.map(({ kind, namespace, name, at, by, reason }) => [`${kind}/${namespace}/${name}`, at, by, reason]);
      invocation.io.out(new TablePrinter(['NAME', 'SINCE', 'BY', 'REASON'], invocation.flags.headers).print(rows));
    }
    return EXIT.ok;
  },
};
