// weft apply: documents into the mesh, all of them or none.
import type { ApplyView } from '../../../api/index.ts';
import { KINDS } from '../../../policy/index.ts';
import type { ReadDocuments } from '../../../source/index.ts';
import { Client } from '../../client/client.ts';
import { collect, filesOf, joined, readDocumentsOf } from '../../client/files.ts';
import { reference } from '../../client/kinds.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { hasErrors, tellDiagnostics, tellRefused } from '../../text/diagnostics.ts';
import { readOutput, valueText } from '../../text/output.ts';

const FORMS = ['table', 'name', 'json', 'yaml'] as const;
type Form = (typeof FORMS)[number];
const DRY_RUNS = ['none', 'client', 'server'] as const;
type DryRun = (typeof DRY_RUNS)[number];

/** `checked` when nobody was asked: then it is not known what would become of the document. */
type Applied = Omit<ApplyView['applied'][number], 'result'> & { readonly result: ApplyView['applied'][number]['result'] | 'checked' };

interface Report {
  readonly applied: readonly Applied[];
  readonly diagnostics: ApplyView['diagnostics'];
}

function readDryRun(value: unknown): DryRun {
  const found = value === undefined ? 'none' : DRY_RUNS.find((each) => each === value);
  if (found === undefined)
    throw new CommandError(
      EXIT.usage,
      `--dry-run=${String(value)} is not possible\n  choose client (checks the files) or server (asks the control plane, writes nothing)`,
    );
  return found;
}

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('-f, --filename <path>', 'file, folder, or - for standard input; may be given several times', collect)
      .option('--dry-run <mode>', 'client: check the files only; server: ask the control plane, write nothing')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const dryRun = readDryRun(options['dryRun']);
    const read = await readDocumentsOf(invocation, filesOf(options));
    if (hasErrors(read.diagnostics)) return refuse(invocation, form, { applied: [], diagnostics: read.diagnostics });
    if (dryRun === 'client') return report(invocation, form, { applied: unasked(read), diagnostics: read.diagnostics }, dryRun);
    const documents = read.documents.map(({ document }) => document);
    const answer = await new Client(invocation).apply(documents, { dryRun: dryRun === 'server', namespace: invocation.namespace });
    const view: Report = { applied: answer.applied, diagnostics: joined(read, answer.diagnostics) };
    return answer.refused ? refuse(invocation, form, view) : report(invocation, form, view, dryRun);
  },
};

/** What a check of the files alone can say: nothing of what is there already. */
function unasked({ documents }: ReadDocuments): readonly Applied[] {
  return documents.map(({ document: { kind, metadata } }) => ({ kind, namespace: metadata.namespace, name: metadata.name, result: 'checked' }));
}

async function refuse(invocation: Invocation, form: Form, view: Report): Promise<ExitCode> {
  tellRefused(invocation, view.diagnostics, 'nothing was applied');
  if (form === 'json' || form === 'yaml') invocation.io.out(await valueText(view, form));
  return EXIT.badInput;
}

async function report(invocation: Invocation, form: Form, view: Report, dryRun: DryRun): Promise<ExitCode> {
  const { io } = invocation;
  if (form === 'json' || form === 'yaml') {
    io.out(await valueText(view, form));
    return EXIT.ok;
  }
  tellDiagnostics(invocation, view.diagnostics);
  const several = new Set(view.applied.map((each) => each.namespace).filter((namespace) => namespace !== '')).size > 1;
  for (const each of view.applied) {
    const singular = KINDS.find((kind) => kind.kind === each.kind)?.singular ?? each.kind.toLowerCase();
    const named = reference({ singular }, several ? each.namespace : '', each.name);
    io.out(form === 'name' ? `${named}\n` : `${named} ${resultText(each, dryRun)}\n`);
  }
  return EXIT.ok;
}

function resultText({ result }: Applied, dryRun: DryRun): string {
  if (dryRun === 'client') return `${result} (dry run, the control plane was not asked)`;
  return dryRun === 'server' ? `${result} (dry run, nothing was written)` : result;
}
