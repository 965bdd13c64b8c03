// weft docs: what a code of a diagnostic means, or what may be written in a kind of document. Asks nobody.
import { DIAGNOSTICS, type DiagnosticKind, diagnosticKind, nearest } from '../../../model/index.ts';
import { kindByWord } from '../../../policy/index.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { tableText } from '../../text/table.ts';
import { fieldsOf, fieldText } from './kind-fields.ts';

export const command: CommandModule = {
  declare(declared) {
    declared.argument('[what]', 'a code (WEFT1203), or a type, with the path of a field after a dot: retrypolicy.backoff; without it, all codes');
  },

  async run({ io, paint }, [what]) {
    io.out(what === undefined ? everyCode() : await textOf(paint, String(what)));
    return EXIT.ok;
  },
};

function everyCode(): string {
  const kinds: readonly (readonly [string, DiagnosticKind])[] = Object.entries(DIAGNOSTICS);
  return tableText(
    ['code', 'severity', 'title'],
    [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, { severity, title }]) => [code, severity, title]),
  );
}

async function textOf(paint: Invocation['paint'], what: string): Promise<string> {
  const code = /^(weft)?\d{4}$/i.test(what) ? `WEFT${what.replace(/^weft/i, '')}` : what;
  const kind = diagnosticKind(code);
  if (kind !== undefined) return `${paint('bold', code)}  ${kind.title}  (${kind.severity})\n\n${kind.docs}\n  → ${kind.hint}\n`;
  const [word = '', ...path] = what.split('.');
  const document = kindByWord(word);
  if (document === undefined) throw unknown(what);
  const fields = await fieldsOf(document);
  const wanted = path.filter((step) => step !== 'spec').join('.');
  const shown = fields.filter((field) => wanted === '' || field.path === wanted || field.path.startsWith(`${wanted}.`) || field.path.startsWith(`${wanted}[`));
  if (shown.length === 0) {
    const near = nearest(
      wanted,
      fields.map((field) => field.path),
    );
    throw new CommandError(EXIT.failed, `${document.kind} has no field "${wanted}"${near === undefined ? '' : `: did you mean "${near}"?`}`);
  }
  return `${paint('bold', document.kind)}  ${document.apiVersion}\n${document.summary}\n\n${fieldText(shown)}`;
}

function unknown(what: string): CommandError {
  const near = nearest(what.toUpperCase(), Object.keys(DIAGNOSTICS));
  return new CommandError(
    EXIT.failed,
    `"${what}" is neither a code nor a type${near === undefined ? '' : `: did you mean ${near}?`}\n  weft docs lists the codes`,
  );
}
