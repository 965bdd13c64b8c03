// Tokens of users of the management API. A role that is given along is a binding like any other: a document that can be read and deleted.
import { parseDuration } from '../../../model/index.ts';
import { Client } from '../../client/client.ts';
import { type Invocation, type Options, text, texts } from '../../command.ts';
import { CommandError, EXIT, type ExitCode, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { tableText } from '../../text/table.ts';

interface UserToken {
  readonly id: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
}

const TOKENS = '/weft/v1/users/tokens';
const MAX_MS = 366 * 24 * 3_600_000;

/** Names of documents have fewer letters than names of users. */
const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 200) || 'user';

function binding(user: string, role: string, namespace: string | undefined): object {
  const metadata = { name: `${slug(user)}-${role}`, ...(namespace === undefined ? {} : { namespace }) };
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata,
    subjects: [{ kind: 'User', name: user }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  };
}

function ttlSeconds(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const ms = parseDuration(given);
  if (ms !== undefined && ms >= 1000 && ms <= MAX_MS) return Math.floor(ms / 1000);
  throw usageError(`--ttl ${given}: write a duration from 1s to 8784h, for example 720h`);
}

export async function createUserToken(invocation: Invocation, options: Options): Promise<ExitCode> {
  const form = readOutput(options['output'], ['text', 'json', 'yaml'] as const, 'text');
  const user = text(options, 'user') ?? '';
  const seconds = ttlSeconds(text(options, 'ttl'));
  const roles = texts(options, 'role');
  const { namespace } = invocation.flags;
  const client = new Client(invocation);
  if (roles.length > 0) {
    const documents = roles.map((role) => binding(user, role, namespace));
    const { refused, diagnostics } = await client.apply(documents, { dryRun: false, namespace: invocation.namespace });
    if (refused) throw new CommandError(EXIT.failed, `the role was not given: ${diagnostics.map(({ message }) => message).join('; ')}`);
    for (const { severity, message } of diagnostics) if (severity === 'warning') invocation.note(`warning: ${message}`);
  }
  const body = { user, groups: texts(options, 'group'), ...(seconds === undefined ? {} : { ttlSeconds: seconds }) };
  const made = (await client.ask('POST', TOKENS, body)) as UserToken & { readonly token: string };
  invocation.io.out(form === 'text' ? `${made.token}\n` : await valueText(made, form));
  if (form !== 'text') return EXIT.ok;
  const place = namespace === undefined ? 'everywhere' : `in ${namespace}`;
  invocation.note(
    `token ${made.id} for ${user}, until ${made.expiresAt}; it is not shown again. ${roles.length === 0 ? 'No role was given' : `${roles.join(', ')} ${place}`}`,
  );
  invocation.note(`  WEFT_SERVER=https://HOST:7400 WEFT_TOKEN=<the token> weft auth whoami        to end it: weft token revoke ${made.id}`);
  return EXIT.ok;
}

export async function listTokens(invocation: Invocation, options: Options): Promise<ExitCode> {
  const form = readOutput(options['output'], ['table', 'json', 'yaml'] as const, 'table');
  const { items } = (await new Client(invocation).ask('GET', TOKENS)) as { readonly items: readonly UserToken[] };
  if (form !== 'table') invocation.io.out(await valueText({ items }, form));
  else if (items.length === 0) invocation.io.err('No tokens of users.\n  make one: weft token create --user NAME --role view -n NAMESPACE\n');
  else {
    const rows = items.map(({ id, user, groups, expiresAt, createdBy }) => [id, user, groups.join(','), expiresAt, createdBy]);
    invocation.io.out(tableText(['ID', 'USER', 'GROUPS', 'UNTIL', 'MADE BY'], rows, invocation.flags.headers));
  }
  return EXIT.ok;
}

export async function revokeToken(invocation: Invocation, id: string | undefined): Promise<ExitCode> {
  if (id === undefined) throw usageError('which token? weft token revoke ID\n  weft token list shows them');
  const { user } = (await new Client(invocation).ask('DELETE', `${TOKENS}/${encodeURIComponent(id)}`)) as UserToken;
  invocation.note(`token ${id} of ${user} is no good any more`);
  return EXIT.ok;
}
