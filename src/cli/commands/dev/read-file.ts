import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { type DevFile, readDevFile } from '../../../machine/index.ts';
import { CommandError, EXIT } from '../../exit.ts';

const EXAMPLE = `  write for example
    services:
      web:
        command: node web.js
        ports: [8080]`;

/** The file of `weft dev`. Throws CommandError 65 that lists every mistake with its line. `shown` is how the user called the file. */
export async function readFile(path: string, shown: string): Promise<DevFile> {
  const lines = new LineCounter();
  const document = parseDocument(readText(path, shown), { lineCounter: lines, prettyErrors: false });
  const broken = document.errors.map(({ pos, message }) => `${shown}:${lines.linePos(pos[0]).line}  ${message}`);
  if (broken.length > 0) throw new CommandError(EXIT.badInput, broken.join('\n'));
  const read = readDevFile(document.toJS());
  if (read.ok) return read.value;
  const placed = read.error.map((problem) => `${shown}${lineOf(document, lines, problem)}  ${problem}`);
  throw new CommandError(EXIT.badInput, placed.join('\n'));
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(EXIT.badInput, missing ? `there is no ${shown}\n${EXAMPLE}` : `${shown} cannot be read: ${words}`);
  }
}

/** `:12` for a problem that begins with the path of a field; '' where the file has no such field. */
function lineOf(document: ReturnType<typeof parseDocument>, lines: LineCounter, problem: string): string {
  const steps = (problem.split(': ')[0] ?? '').split('.');
  const path = steps[0] === 'file' ? steps.slice(1) : steps;
  const node = path.length === 0 ? undefined : document.getIn(path, true);
  const range = typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? (node.range[0] as unknown) : undefined;
  return typeof range === 'number' ? `:${lines.linePos(range).line}` : '';
}
