// weft authz: policies from what was observed or asked for, and what policies deny or (in DryRun) would.
import { Client } from '../../client/client.ts';
import { kindOfWord } from '../../client/kinds.ts';
import type { CommandModule } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';
import { readService, readSince } from '../../text/since.ts';
import { allow } from './allow.ts';
import { printStatus } from './status.ts';
import { printSuggestions } from './suggest.ts';

const FORMS = ['yaml', 'json', 'table'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .usage('allow|suggest|status [flags]')
      .addArgument(
        declared
          .createArgument('<action>', 'allow: a policy for one kind of call; suggest: one for what was observed; status: what policies deny')
          .choices(['allow', 'suggest', 'status']),
      )
      .option('--service <service>', 'of this service: NAME or NAMESPACE/NAME (default: of all that were seen)')
      .option('--since <duration>', 'how far back', '24h')
      .option('--from <caller>', 'allow: workload, service or NAMESPACE/ACCOUNT that is to be allowed')
      .option('--to <service>', 'allow: what it calls: ledger, ledger.shop, with :PORT')
      .option('--port <port>', 'allow: port of the Service, if it has several')
      .option('-X, --method <method>', 'allow: only this method; else any')
      .option('--path <path>', 'allow: only this path; else any')
      .option('--apply', 'allow: write the document; a rule is added to the one that there is')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, [action], options) {
    if (action === 'allow') return allow(invocation, options);
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
