// weft analyze: what is wrong with documents in files, with what they say of each other, and along the calls they declare. Asks nobody.
// `weft validate` is the same command.
import type { Diagnostic } from '../../../base/index.ts';
import { collect, joined, readDocumentsOf } from '../../client/files.ts';
import { type CommandModule, type Invocation, words } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { diagnosticText, hasErrors } from '../../text/diagnostics.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { Progress } from '../../text/progress.ts';
import { atThreshold, readThreshold } from '../../text/threshold.ts';
import { analyzed } from './analyzed.ts';

const FORMS = ['table', 'json', 'yaml'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('[paths...]', 'files and folders; - is standard input')
      .option('-f, --filename <path>', 'the same; may be given several times', collect)
      .option('--threshold <level>', 'exit code 79 when a finding is at least this: error, warning or info', 'error')
      .option('--fail-on <level>', 'the same')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, [paths], options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const threshold = options['failOn'] === undefined ? readThreshold(options['threshold'] ?? 'error') : readThreshold(options['failOn'], '--fail-on');
    const files = [...words(paths), ...((options['filename'] ?? []) as readonly string[])];
    if (files.length === 0) throw new CommandError(EXIT.usage, 'name the documents: weft analyze FILE, FOLDER, or - for standard input');
    const progress = new Progress(invocation.io, invocation.flags.quiet);
    progress.say('reading');
    const read = await readDocumentsOf(invocation, files);
    const found = await analyzed(read, (done, total) => progress.step('documents checked', done, total));
    progress.end();
    const diagnostics = joined(read, found);
    if (form === 'table') invocation.io.out(findingsText(invocation, diagnostics, read.documents.length));
    else invocation.io.out(await valueText({ documents: read.documents.length, diagnostics }, form));
    return codeOf(diagnostics, threshold);
  },
};

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

/** What cannot be applied at all is bad input; what can, but should not, is a finding. */
function codeOf(diagnostics: readonly Diagnostic[], threshold: Diagnostic['severity']): ExitCode {
  if (hasErrors(diagnostics)) return EXIT.badInput;
  return diagnostics.some((each) => atThreshold(each.severity, threshold)) ? EXIT.findings : EXIT.ok;
}
