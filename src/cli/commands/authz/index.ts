// weft authz: policies from what was observed, and what policies deny or (in DryRun) would.
import { Client } from '../../client/client.ts';
import { kindOfWord } from '../../client/kinds.ts';
import type { CommandModule } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';
import { readService, readSince } from '../../text/since.ts';
import { printStatus } from './status.ts';
import { printSuggestions } from './suggest.ts';

const FORMS = ['yaml', 'json', 'table'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .usage('suggest|status [flags]')
      .addArgument(
        declared.createArgument('<action>', 'suggest: a policy that allows what was observed; status: what policies deny').choices(['suggest', 'status']),
      )
      .option('--service <service>', 'of this service: NAME or NAMESPACE/NAME (default: of all that were seen)')
      .option('--since <duration>', 'how far back', '24h')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, [action], options) {
    const since = readSince(String(options['since']), invocation.io.now());
    const service = readService(options['service'], invocation.namespace);
    const given = options['output'];
    if (given !== undefined && !FORMS.some((form) => form === given))
      throw usageError(`-o ${String(given)} is not possible here\n  choose one of ${FORMS.join(', ')}`);
    const form = given as (typeof FORMS)[number] | undefined;
    const client = new Client(invocation);
    const ask = async <T>(path: string): Promise<T> => {
      const found = await client.weft(path, { since, ...(service === undefined ? {} : { service }) });
      if (found === undefined) throw new CommandError(EXIT.failed, 'this control plane keeps no records');
      return (found as { readonly items: T }).items;
    };
    if (action === 'suggest') return printSuggestions(invocation, await ask('records/suggest'), { form: form ?? 'yaml', since: String(options['since']) });
    const { items: policies } = await client.list({ kind: kindOfWord('authorizationpolicy'), namespace: undefined });
    return printStatus(invocation, await ask('records/verdicts'), policies, { form: form ?? 'table', since: String(options['since']) });
  },
};
