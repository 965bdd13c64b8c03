// weft validate: what is wrong with documents in files, and with what they say of each other. Asks nobody.
import type { Diagnostic } from '../../../base/index.ts';
import { apply, documentKey } from '../../../model/index.ts';
import { emptyMesh } from '../../../policy/index.ts';
import type { ReadDocuments } from '../../../source/index.ts';
import { collect, filesOf, joined, readDocumentsOf } from '../../client/files.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { diagnosticText, hasErrors } from '../../text/diagnostics.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { programFindings } from './programs.ts';

const FORMS = ['table', 'json', 'yaml'] as const;
const LEVELS = ['error', 'warning'] as const;

/** Services without workloads: workloads join when they run, so no file has them. */
const NEEDS_RUNNING = new Set(['WEFT1309']);

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('-f, --filename <path>', 'file, folder, or - for standard input; may be given several times', collect)
      .option('--fail-on <level>', 'error, or warning: exit code 79 when there is a warning', 'error')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const failOn = LEVELS.find((level) => level === options['failOn']);
    if (failOn === undefined) throw new CommandError(EXIT.usage, `--fail-on=${String(options['failOn'])} is not possible\n  choose error or warning`);
    const read = await readDocumentsOf(invocation, filesOf(options));
    const diagnostics = joined(read, await analyzed(read));
    if (form === 'table') invocation.io.out(findingsText(invocation, diagnostics, read.documents.length));
    else invocation.io.out(await valueText({ documents: read.documents.length, diagnostics }, form));
    return codeOf(diagnostics, failOn);
  },
};

/** What the model and the compiler say of all documents together. A reference that leads out of the files may still be good. */
async function analyzed({ documents }: ReadDocuments): Promise<readonly Diagnostic[]> {
  const { documentDiagnostics } = await import('../../../compile/index.ts');
  const { mesh } = apply(
    emptyMesh(),
    documents.map(({ document }) => ({ kind: 'put', document })),
  );
  const programs = await programFindings(documents.map(({ document }) => document));
  const found = documents.flatMap(({ document }) => {
    const key = documentKey(document);
    const own = mesh.diagnostics.get(key) ?? [];
    const among = documentDiagnostics(mesh, key).filter((each) => !own.includes(each) && !NEEDS_RUNNING.has(each.code));
    return [...own, ...among.map((each) => (each.severity === 'error' ? { ...each, severity: 'warning' as const } : each))];
  });
  return [...found, ...programs];
}

function findingsText(invocation: Invocation, diagnostics: readonly Diagnostic[], documents: number): string {
  const findings = diagnostics.map((each) => diagnosticText(invocation, each)).join('');
  return `${findings}${counted(documents, 'document')} checked: ${summary(diagnostics)}\n`;
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic['severity']): number => diagnostics.filter((each) => each.severity === severity).length;
  if (diagnostics.length === 0) return 'nothing to say against them';
  return [counted(count('error'), 'error'), counted(count('warning'), 'warning')].join(', ');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function codeOf(diagnostics: readonly Diagnostic[], failOn: (typeof LEVELS)[number]): ExitCode {
  if (hasErrors(diagnostics)) return EXIT.badInput;
  return failOn === 'warning' && diagnostics.some((each) => each.severity === 'warning') ? EXIT.findings : EXIT.ok;
}
