import { type Diagnostic, describeOrigin } from '../../base/index.ts';
import { diagnosticKind } from '../../model/index.ts';
import type { Invocation } from '../command.ts';
import { oneLine } from './plain.ts';

const STYLE = { error: 'red', warning: 'yellow', info: 'cyan' } as const;
const ORDER = { error: 0, warning: 1, info: 2 } as const;

type Painter = Pick<Invocation, 'paint'>;

/** As describeOrigin; what is wrong with a file as a whole, or with its text, has no document to name. */
function placeText(at: Diagnostic['at']): string {
  if (at.kind !== 'file') return describeOrigin(at);
  return [at.file ?? at.name, at.line, at.column].filter((part) => part !== undefined).join(':');
}

/** A diagnostic on three lines: severity, code and place; what is wrong; what to do about it. `indent` goes before each. */
export function diagnosticText({ paint }: Painter, { severity, code, at, message, hint }: Diagnostic, indent = ''): string {
  const head = `${indent}${paint(STYLE[severity], severity)} ${code}  ${oneLine(placeText(at))}\n`;
  return `${head}${indent}  ${oneLine(message)}\n${hint === '' ? '' : `${indent}  → ${oneLine(hint)}\n`}`;
}

/** Diagnostics on standard error, errors last so that they stand nearest to the prompt. With --verbose, what a code means in general. */
export function tellDiagnostics(invocation: Invocation, diagnostics: readonly Diagnostic[]): void {
  const { io, flags } = invocation;
  const told = new Set<string>();
  for (const each of [...diagnostics].sort((a, b) => ORDER[b.severity] - ORDER[a.severity])) {
    if (each.severity !== 'error' && flags.quiet) continue;
    io.err(diagnosticText(invocation, each));
    const docs = flags.verbose && !told.has(each.code) ? diagnosticKind(each.code)?.docs : undefined;
    if (docs !== undefined) io.err(`  ${each.code}: ${docs}\n`);
    told.add(each.code);
  }
}

/** `WEFT1203, WEFT1204`: codes of the errors, each once. */
export function errorCodes(diagnostics: readonly Diagnostic[]): string {
  return [...new Set(diagnostics.filter((each) => each.severity === 'error').map((each) => each.code))].sort().join(', ');
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((each) => each.severity === 'error');
}

/** The last lines of a command that refuses its documents: what was not done, and which codes to read about. */
export function tellRefused(invocation: Invocation, diagnostics: readonly Diagnostic[], undone: string): void {
  tellDiagnostics(invocation, diagnostics);
  invocation.io.err(`${undone}    docs: ${errorCodes(diagnostics)}\n`);
}
