// weft get: documents, as the control plane has them.
import type { Document } from '../../../model/index.ts';
import { Client, type ServerTable } from '../../client/client.ts';
import { readTargets, reference, type Target } from '../../client/kinds.ts';
import { missingText } from '../../client/missing.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { shownDocument } from '../../text/document.ts';
import { OUTPUTS, type Output, readOutput, valueText } from '../../text/output.ts';
import { tableText } from '../../text/table.ts';
import { follow } from './follow.ts';
import { headersOf, rowsOf } from './rows.ts';

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('<type>', 'TYPE, TYPE,TYPE, TYPE/NAME, or all, policies, routes')
      .argument('[names...]', 'names, or NAMESPACE/NAME')
      .option('-A, --all-namespaces', 'of all namespaces')
      .option('-l, --selector <labels>', 'only those with these labels: key=value,key!=value,key in (a,b)')
      .option('-o, --output <form>', `one of ${OUTPUTS.join(', ')}`)
      .option('--show-secrets', 'with -o yaml or json: the values of Secrets too')
      .option('-w, --watch', 'then print every change');
  },

  async run(invocation, [type, names], options) {
    const targets = readTargets([type as string, ...((names ?? []) as readonly string[])]);
    return get(invocation, targets, options);
  },
};

/** Everything after the arguments; `weft watch` is this with `watch` set. */
export async function get(invocation: Invocation, targets: readonly Target[], options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const output = readOutput(options['output'], OUTPUTS, 'table');
  const named = targets.some((target) => target.names.length > 0);
  const all = options['allNamespaces'] === true;
  const labels = options['selector'] as string | undefined;
  if (named && labels !== undefined) throw new CommandError(EXIT.usage, 'names and -l exclude each other\n  give one of them');
  if (named && all) throw new CommandError(EXIT.usage, 'a document is named within one namespace: -A does not go with names\n  write -n NAMESPACE');
  const client = new Client(invocation);
  const secrets = options['showSecrets'] === true;
  const asked = { targets, secrets, namespace: all ? undefined : invocation.namespace, labels, output, headers: invocation.flags.headers };
  if (options['watch'] === true) return watchOne(invocation, client, asked);
  return output === 'table' || output === 'wide' ? printTables(invocation, client, asked) : printDocuments(invocation, client, asked);
}

interface Asked {
  readonly targets: readonly Target[];
  readonly namespace: string | undefined;
  readonly labels: string | undefined;
  readonly output: Output;
  readonly headers: boolean;
  /** Values of Secrets are printed. */
  readonly secrets: boolean;
}

function watchOne(invocation: Invocation, client: Client, { targets, ...rest }: Asked): Promise<ExitCode> {
  const [target, ...more] = targets;
  if (target === undefined || more.length > 0 || target.names.length > 1)
    throw new CommandError(EXIT.usage, 'only one type, or one document, can be watched\n  start a command for each');
  return follow(invocation, client, { target, ...rest });
}

/** Tells what is not there, one line for each; exit code 1 when anything is missing. */
class Missing {
  readonly #invocation: Invocation;
  readonly #client: Client;
  code: ExitCode = EXIT.ok;

  constructor(invocation: Invocation, client: Client) {
    this.#invocation = invocation;
    this.#client = client;
  }

  async tell({ kind }: Target, namespace: string, name: string): Promise<void> {
    this.#invocation.io.err(`error: ${await missingText(this.#client, kind, namespace, name)}\n`);
    this.code = EXIT.failed;
  }
}

async function printTables(invocation: Invocation, client: Client, asked: Asked): Promise<ExitCode> {
  const missing = new Missing(invocation, client);
  const texts: string[] = [];
  for (const target of grouped(asked.targets)) {
    const table = await tableOf(client, target, asked, missing);
    if (table === undefined || table.rows.length === 0) continue;
    const options = { wide: asked.output === 'wide', namespaces: target.kind.namespaced && asked.namespace === undefined, typed: asked.targets.length > 1 };
    texts.push(tableText(headersOf(table, options), rowsOf(table, target, options), asked.headers));
  }
  if (texts.length === 0 && missing.code === EXIT.ok) invocation.io.err(`${nothingText(asked)}\n`);
  invocation.io.out(texts.join('\n'));
  return missing.code;
}

/** `service/a service/b` is one table of two rows. */
function grouped(targets: readonly Target[]): readonly Target[] {
  const groups = new Map<Target['kind'], Target>();
  for (const target of targets) {
    const before = groups.get(target.kind);
    groups.set(target.kind, before === undefined ? target : { ...target, names: [...before.names, ...target.names] });
  }
  return [...groups.values()];
}

function nothingText({ targets, namespace }: Asked): string {
  const namespaced = targets.some((target) => target.kind.namespaced);
  return namespace === undefined || !namespaced ? 'No resources found' : `No resources found in ${namespace} namespace.`;
}

async function tableOf(client: Client, target: Target, { namespace, labels }: Asked, missing: Missing): Promise<ServerTable | undefined> {
  const { kind, names } = target;
  if (names.length === 0) return client.table({ kind, namespace, labels });
  let whole: ServerTable | undefined;
  for (const { name, namespace: own = namespace } of names) {
    const one = await client.table({ kind, namespace: own }, name);
    if (one === undefined) await missing.tell(target, own ?? '', name);
    else whole = whole === undefined ? one : { ...one, rows: [...whole.rows, ...one.rows] };
  }
  return whole;
}

async function printDocuments(invocation: Invocation, client: Client, asked: Asked): Promise<ExitCode> {
  const missing = new Missing(invocation, client);
  const found: { readonly target: Target; readonly document: Document }[] = [];
  for (const target of asked.targets) for (const document of await documentsOf(client, target, asked, missing)) found.push({ target, document });
  const { output, targets } = asked;
  if (output === 'name') {
    for (const { target, document } of found) invocation.io.out(`${nameText(target, document, asked)}\n`);
    return missing.code;
  }
  const form = output === 'yaml' ? 'yaml' : 'json';
  const single = targets.length === 1 && targets[0]?.names.length === 1;
  const shown = found.map(({ document }) => shownDocument(document, asked.secrets));
  const value = single ? shown[0] : { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: shown };
  if (value !== undefined) invocation.io.out(await valueText(value, form));
  return missing.code;
}

/** With its namespace where several are asked for: what is printed can be given to the next command. */
function nameText({ kind }: Target, { metadata }: Document, { namespace }: Asked): string {
  return reference(kind, namespace === undefined ? (metadata.namespace ?? '') : '', metadata.name);
}

async function documentsOf(client: Client, target: Target, { namespace, labels }: Asked, missing: Missing): Promise<readonly Document[]> {
  const { kind, names } = target;
  if (names.length === 0) return (await client.list({ kind, namespace, labels })).items;
  const found: Document[] = [];
  for (const { name, namespace: own = namespace } of names) {
    const document = await client.get({ kind, namespace: own }, name);
    if (document === undefined) await missing.tell(target, own ?? '', name);
    else found.push(document);
  }
  return found;
}
