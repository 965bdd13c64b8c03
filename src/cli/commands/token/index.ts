// weft token: what a workload on another machine joins with, and what a person or a program asks the management API with.
import { parseDuration } from '../../../model/index.ts';
import { Client } from '../../client/client.ts';
import { type CommandModule, type Invocation, repeated, text, texts } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { createUserToken, listTokens, revokeToken } from './users.ts';

interface Account {
  readonly namespace: string;
  readonly serviceAccount: string;
}

export const command: CommandModule = {
  declare(declared) {
    declared
      .usage('create (--service-account NAMESPACE/NAME | --user NAME) [flags]  |  list  |  revoke ID')
      .addArgument(declared.createArgument('<action>', 'what to do').choices(['create', 'list', 'revoke']))
      .argument('[id]', 'of the token to revoke')
      .option('--service-account <namespace/name>', 'the identity that a join token is good for')
      .option('--user <name>', 'the person or program that a token of the management API is for')
      .option('--group <name>', 'a group of the user; may be given several times', repeated)
      .option(
        '--role <name>',
        'a ClusterRole to give to the user (view, edit, admin, cluster-admin), in -n or everywhere; may be given several times',
        repeated,
      )
      .option('--ttl <duration>', 'how long it can be used: a join token once, at most 24h (default 10m); a token of a user at most 8784h (default 2160h)')
      .option('-l, --label <key=value>', 'a label the workload gets; may be given several times', repeated)
      .option('-o, --output <form>', 'json or yaml');
  },

  async run(invocation, [action, id], options) {
    if (action === 'list') return listTokens(invocation, options);
    if (action === 'revoke') return revokeToken(invocation, typeof id === 'string' ? id : undefined);
    if (options['user'] !== undefined) return createUserToken(invocation, options);
    const account = readAccount(invocation, options['serviceAccount']);
    const form = readOutput(options['output'], ['text', 'json', 'yaml'] as const, 'text');
    const body = { ...account, ttlSeconds: ttlSeconds(text(options, 'ttl') ?? '10m'), labels: labels(texts(options, 'label')) };
    const made = (await new Client(invocation).weft('tokens', body)) as { readonly token: string; readonly expiresAt: string } | undefined;
    if (made === undefined) throw new CommandError(EXIT.failed, 'this control plane makes no join tokens');
    invocation.io.out(form === 'text' ? `${made.token}\n` : await valueText({ ...made, ...account }, form));
    if (form === 'text') await tellUse(invocation, account, made.expiresAt);
    return EXIT.ok;
  },
};

function readAccount({ namespace }: Invocation, value: unknown): Account {
  if (typeof value !== 'string')
    throw usageError(
      'whose token is it to be? name the identity: --service-account NAMESPACE/NAME\n  or a user of the management API: --user NAME --role view',
    );
  const parts = value.split('/');
  const [first = '', second] = parts;
  const account = second === undefined ? { namespace, serviceAccount: first } : { namespace: first, serviceAccount: second };
  const name = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
  if (parts.length <= 2 && name.test(account.namespace) && name.test(account.serviceAccount)) return account;
  throw usageError(`--service-account ${value}: write NAMESPACE/NAME, for example shop/checkout`);
}

function ttlSeconds(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1000 && ms <= 24 * 3_600_000) return Math.floor(ms / 1000);
  throw usageError(`--ttl ${text}: write a duration from 1s to 24h, for example 10m\n  the token is used once, so a short life costs nothing`);
}

function labels(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw usageError(`--label ${pair} is no label: write KEY=VALUE`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** The token is on standard output alone, so that it can be piped; how to use it is told beside. */
async function tellUse(invocation: Invocation, { namespace, serviceAccount }: Account, expiresAt: string): Promise<void> {
  const { xds } = await invocation.session();
  invocation.note(`good once, until ${expiresAt}, for ${namespace}/${serviceAccount}; on the other machine:`);
  invocation.note(`  WEFT_JOIN_TOKEN=<the token> weft run --control-plane ${xds ?? 'HOST:7401'} --service ${serviceAccount} --port 8080 -- <command>`);
  if (xds?.startsWith('127.') === true) invocation.note(`  (this control plane listens on this machine only: weft up --xds IP:7401 lets others in)`);
}
