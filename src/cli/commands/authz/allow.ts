// weft authz allow: the document with which exactly one kind of call is allowed.
import { allowing } from '../../../compile/index.ts';
import { apply, type Document } from '../../../model/index.ts';
import { AUTHORIZATION_POLICY, emptyMesh, KINDS } from '../../../policy/index.ts';
import { Client } from '../../client/client.ts';
import { type Invocation, type Options, text } from '../../command.ts';
import { CommandError, EXIT, type ExitCode, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';

/** What decides about it: who there is, what is called, and what is allowed already. */
const NEEDED: ReadonlySet<string> = new Set(['Service', 'Workload', 'Mesh', AUTHORIZATION_POLICY]);

export async function allow(invocation: Invocation, options: Options): Promise<ExitCode> {
  const form = readOutput(options['output'], ['yaml', 'json'] as const, 'yaml');
  const question = questionOf(invocation, options);
  const client = new Client(invocation);
  const documents = await documentsOf(client);
  const { mesh } = apply(
    emptyMesh(),
    documents.map((document) => ({ kind: 'put', document }) as const),
  );
  const found = allowing(mesh, question);
  if ('text' in found) throw new CommandError(EXIT.failed, [found.text, ...found.alternatives.map((each) => `  ${each}`)].join('\n'));
  const document = joined(documents, found.document);
  if (found.first)
    invocation.note(`no ALLOW policy is enforced there yet: with this one, everything else is denied (enforcement: DryRun would only record it)`);
  if (options['apply'] !== true) {
    invocation.io.out(await valueText(document, form));
    return EXIT.ok;
  }
  const answer = await client.apply([document], { dryRun: false, namespace: invocation.namespace });
  if (answer.refused) throw new CommandError(EXIT.badInput, answer.diagnostics.map(({ code, message }) => `${code}  ${message}`).join('\n'));
  const { namespace, name } = document.metadata;
  invocation.io.out(form === 'json' ? await valueText(answer.applied, form) : `${AUTHORIZATION_POLICY} ${namespace}/${name} applied\n`);
  return EXIT.ok;
}

function questionOf({ namespace }: Invocation, options: Options) {
  const [from, to, method, path, port] = ['from', 'to', 'method', 'path', 'port'].map((name) => text(options, name));
  if (from === undefined || to === undefined) throw usageError('say who may call whom: weft authz allow --from shop/web --to ledger --method GET --path /');
  if (path !== undefined && !path.startsWith('/')) throw usageError(`--path ${path} must begin with "/"`);
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw usageError(`--port ${port} is no port`);
  return {
    from,
    to,
    namespace,
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(path === undefined ? {} : { path }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

async function documentsOf(client: Client): Promise<readonly Document[]> {
  const lists = await Promise.all(
    KINDS.filter(({ kind }) => NEEDED.has(kind)).map(async (kind) => {
      const { items } = await client.list({ kind, namespace: undefined });
      return items.map((item): Document => {
        const { labels = {}, annotations = {}, namespace = '', ...metadata } = item.metadata as Partial<Document['metadata']> & { readonly name: string };
        return { ...item, apiVersion: kind.apiVersion, kind: kind.kind, metadata: { ...metadata, namespace, labels, annotations } };
      });
    }),
  );
  return lists.flat();
}

type Suggested = Exclude<ReturnType<typeof allowing>, { readonly text: string }>['document'];

/** The document as it is, and one rule more; the rule alone where there is none. */
function joined(documents: readonly Document[], suggested: Suggested): Suggested {
  const { name, namespace } = suggested.metadata;
  const known = documents.find((each) => each.kind === AUTHORIZATION_POLICY && each.metadata.name === name && each.metadata.namespace === namespace);
  if (known === undefined) return suggested;
  const before = (known.spec['rules'] ?? []) as NonNullable<Suggested['spec']['rules']>;
  const added = (suggested.spec.rules ?? []).filter((rule) => !before.some((each) => JSON.stringify(each) === JSON.stringify(rule)));
  return { ...suggested, spec: { ...(known.spec as Suggested['spec']), rules: [...before, ...added] } };
}
