// weft diff: what apply would change.
import type { ApplyView, EffectView } from '../../../api/index.ts';
import type { Document, KindDefinition } from '../../../model/index.ts';
import { kindOf } from '../../../policy/index.ts';
import type { PlacedDocument } from '../../../source/index.ts';
import { Client } from '../../client/client.ts';
import { collect, filesOf, joined, readDocumentsOf } from '../../client/files.ts';
import { reference } from '../../client/kinds.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { hasErrors, tellDiagnostics, tellRefused } from '../../text/diagnostics.ts';
import { unifiedDiff } from '../../text/diff.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { alike, ownContent } from './content.ts';
import { effectText } from './effect.ts';
import { diffFiles, FORMS, type Form } from './files.ts';

/** As kubectl and diff(1): 1 means "differences", so trouble needs another code. */
const TROUBLE = 2;

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('-f, --filename <path>', 'file, folder, or - for standard input; may be given several times', collect)
      .option('--against <path>', 'compare with these files in place of the control plane; may be given several times', collect)
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}; wide: what changes in services, and names of all proxies`);
  },

  async run(invocation, _args, options) {
    try {
      const form = readOutput(options['output'], FORMS, 'table');
      const files = filesOf(options);
      return options['against'] === undefined
        ? await diff(invocation, files, form)
        : await diffFiles(invocation, { files, against: options['against'] as readonly string[], form });
    } catch (error) {
      if (error instanceof CommandError && error.code === EXIT.failed) throw new CommandError(TROUBLE, error.message);
      throw error;
    }
  },
};

async function diff(invocation: Invocation, files: readonly string[], form: Form): Promise<ExitCode> {
  const read = await readDocumentsOf(invocation, files);
  if (hasErrors(read.diagnostics)) return refuse(invocation, read.diagnostics);
  const client = new Client(invocation);
  // The control plane itself says what would change: nobody else knows its defaults.
  const documents = read.documents.map(({ document }) => document);
  const preview = await client.apply(documents, { dryRun: true, namespace: invocation.namespace });
  const diagnostics = joined(read, preview.diagnostics);
  if (preview.refused) return refuse(invocation, diagnostics);
  tellDiagnostics(invocation, diagnostics);
  const changed = read.documents.filter(({ document }) => resultOf(preview, document) !== 'unchanged');
  if (changed.length === 0) return EXIT.ok;
  const effect = (await client.weft('effect', { documents, namespace: invocation.namespace })) as EffectView | undefined;
  if (form === 'json' || form === 'yaml') {
    const named = changed.map(({ document: { kind, metadata } }) => ({ kind, namespace: metadata.namespace, name: metadata.name }));
    invocation.io.out(await valueText({ documents: named, ...effect }, form));
    return EXIT.failed;
  }
  for (const each of changed) {
    const kind = kindOf(each.document.apiVersion, each.document.kind);
    if (kind !== undefined) invocation.io.out(await differenceText(invocation, client, kind, each));
  }
  if (effect !== undefined) invocation.io.out(effectText(invocation, effect, form === 'wide'));
  return EXIT.failed;
}

function refuse(invocation: Invocation, diagnostics: ApplyView['diagnostics']): ExitCode {
  tellRefused(invocation, diagnostics, 'nothing was compared');
  return EXIT.badInput;
}

function resultOf({ applied }: ApplyView, { kind, metadata }: Document): string | undefined {
  return applied.find((each) => each.kind === kind && each.namespace === metadata.namespace && each.name === metadata.name)?.result;
}

async function differenceText({ paint }: Invocation, client: Client, kind: KindDefinition, { document, place }: PlacedDocument): Promise<string> {
  const { namespace, name } = document.metadata;
  const live = await client.get({ kind, namespace }, name);
  const before = live === undefined ? undefined : ownContent(live);
  const after = alike(ownContent(document, live), before);
  const what = reference(kind, namespace, name);
  const line = place.at('')?.line;
  return unifiedDiff({
    before: { label: live === undefined ? '/dev/null' : `live/${what}`, text: before === undefined ? '' : await valueText(before, 'yaml') },
    after: { label: `${place.file}${line === undefined ? '' : `:${line}`}  ${what}`, text: await valueText(after, 'yaml') },
    paint,
  });
}
