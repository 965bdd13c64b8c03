// weft ban, unban, evict, bans: who is shut out of the mesh.
import type { BanView, CaView } from '../../../api/index.ts';
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
  ban: ({ who, proxies }) => `${who} is banned: ${proxies} streams ended, its token and its next certificate are refused, and proxies refuse the one it has`,
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
      const kept = options['keepConnections'] === true ? { keepConnections: true } : {};
      const done = await ask(invocation, verb, { who: named(invocation, who), ...(reason === undefined ? {} : { reason }), ...kept });
      invocation.io.out(form === 'text' ? `${WORDS[verb](done)}\n` : await valueText(done, form));
      if (options['rotate'] === true) await rotate(invocation);
      return EXIT.ok;
    },
  };
}

/** The certificate of who is banned ends with the root that issued it: nobody waits for that one, and everybody else gets a new one. */
async function rotate(invocation: Invocation): Promise<void> {
  const view = (await new Client(invocation).weft('ca/rotate', {})) as CaView | undefined;
  if (view?.rotation === undefined)
    throw new CommandError(EXIT.failed, 'the change of the root did not begin: weft ca rotate --dry-run says what it would wait for');
  invocation.note('✔ the root is being changed, which ends its certificate: weft ca show');
}

export const ban = command('ban', (declared) => {
  declared.option('--reason <words>', 'why; shown by weft bans and to who is refused');
  declared.option('--keep-connections', 'leave connections from before as they are; else all between proxies are made anew within the drain time');
  declared.option('--rotate', 'change the root as well, so that its certificate ends for everybody who trusts the mesh (weft ca)');
});
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
