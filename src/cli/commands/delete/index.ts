// weft delete: documents out of the mesh, by name, by label, or those of files.
import type { KindDefinition } from '../../../model/index.ts';
import { kindOf } from '../../../policy/index.ts';
import { Client } from '../../client/client.ts';
import { collect, readDocumentsOf } from '../../client/files.ts';
import { readTargets } from '../../client/kinds.ts';
import { missingText } from '../../client/missing.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { hasErrors, tellDiagnostics, tellRefused } from '../../text/diagnostics.ts';
import { readOutput } from '../../text/output.ts';

const FORMS = ['table', 'name'] as const;

interface Doomed {
  readonly kind: KindDefinition;
  readonly namespace: string;
  readonly name: string;
}

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('[type]', 'TYPE, or TYPE/NAME')
      .argument('[names...]', 'names')
      .option('-f, --filename <path>', 'the documents of a file, folder, or - for standard input', collect)
      .option('-l, --selector <labels>', 'those with these labels')
      .option('--all', 'all of this type in the namespace')
      .option('--ignore-not-found', 'what is not there is no failure')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, [type, names], options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const client = new Client(invocation);
    const words = [type, ...((names ?? []) as readonly string[])].filter((word) => typeof word === 'string');
    const doomed = options['filename'] === undefined ? await named(invocation, client, words, options) : await ofFiles(invocation, words, options);
    if (doomed === undefined) return EXIT.badInput;
    let failed = false;
    for (const { kind, namespace, name } of doomed) {
      if (await client.remove({ kind, namespace }, name)) {
        invocation.io.out(form === 'name' ? `${kind.singular}/${name}\n` : `${kind.singular} "${name}" deleted\n`);
      } else if (options['ignoreNotFound'] !== true) {
        invocation.io.err(`error: ${await missingText(client, kind, namespace, name)}\n`);
        failed = true;
      }
    }
    if (doomed.length === 0) invocation.io.err('No resources found\n');
    return failed ? EXIT.failed : EXIT.ok;
  },
};

async function named(invocation: Invocation, client: Client, words: readonly string[], options: Readonly<Record<string, unknown>>): Promise<readonly Doomed[]> {
  const targets = readTargets(words);
  const labels = options['selector'] as string | undefined;
  const whole = labels !== undefined || options['all'] === true;
  const found: Doomed[] = [];
  for (const { kind, names } of targets) {
    if (names.length > 0 && whole) throw new CommandError(EXIT.usage, 'names do not go with -l or --all\n  give one of them');
    if (names.length === 0 && !whole)
      throw new CommandError(EXIT.usage, `which ${kind.plural}?\n  give names, -l LABELS, or --all for all of namespace ${invocation.namespace}`);
    const namespace = kind.namespaced ? invocation.namespace : '';
    for (const { name, namespace: own = namespace } of names) found.push({ kind, namespace: own, name });
    if (names.length > 0) continue;
    const { items } = await client.list({ kind, namespace: invocation.namespace, labels });
    found.push(...items.map(({ metadata }) => ({ kind, namespace: metadata.namespace ?? '', name: metadata.name })));
  }
  return found;
}

/** The documents of files, the last first, so that what refers to others goes before them. Undefined when the files have errors. */
async function ofFiles(invocation: Invocation, words: readonly string[], options: Readonly<Record<string, unknown>>): Promise<readonly Doomed[] | undefined> {
  if (words.length > 0) throw new CommandError(EXIT.usage, 'types and names do not go with -f\n  give one of them');
  const read = await readDocumentsOf(invocation, options['filename'] as readonly string[]);
  if (hasErrors(read.diagnostics)) {
    tellRefused(invocation, read.diagnostics, 'nothing was deleted');
    return undefined;
  }
  tellDiagnostics(invocation, read.diagnostics);
  return read.documents.toReversed().flatMap(({ document: { apiVersion, kind: word, metadata } }) => {
    const kind = kindOf(apiVersion, word);
    return kind === undefined ? [] : [{ kind, namespace: metadata.namespace, name: metadata.name }];
  });
}
