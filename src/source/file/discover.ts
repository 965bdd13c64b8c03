import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import { diagnostic } from '../../model/index.ts';
import { fileOrigin } from './parse-text.ts';

export interface Text {
  readonly file: string;
  readonly text: string;
}

const DOCUMENT_FILE = /\.(ya?ml|json)$/;
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** The texts behind a path: the file, or in a folder every *.yaml, *.yml and *.json, sub-folders too, sorted, hidden ones left out. */
export async function readTexts(path: string): Promise<{ readonly texts: readonly Text[]; readonly diagnostics: readonly Diagnostic[] }> {
  try {
    const files = (await stat(path)).isDirectory() ? await filesIn(path) : [path];
    const texts: Text[] = [];
    const diagnostics: Diagnostic[] = files.length === 0 ? [diagnostic('WEFT1011', fileOrigin(path), `no documents in ${path}`)] : [];
    for (const file of files) {
      const read = await readText(file);
      if ('code' in read) diagnostics.push(read);
      else texts.push(read);
    }
    return { texts, diagnostics };
  } catch (problem) {
    return { texts: [], diagnostics: [unreadable(path, problem)] };
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => !entry.name.startsWith('.'));
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => byCodeUnit(a.name, b.name))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesIn(path)));
    else if (DOCUMENT_FILE.test(entry.name) && (entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile()))) found.push(path);
  }
  return found;
}

async function readText(file: string): Promise<Text | Diagnostic> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) return diagnostic('WEFT1012', fileOrigin(file), `${file} has ${Math.round(size / 1024 / 1024)} MiB; a file may have 32`);
    return { file, text: decode(await readFile(file)) };
  } catch (problem) {
    return unreadable(file, problem);
  }
}

/** UTF-8, or UTF-16 when a byte order mark says so (as some editors on Windows write it). */
export function decode(bytes: Uint8Array): string {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  ELOOP: 'is a symbolic link to itself',
  EISDIR: 'is a folder',
};

function unreadable(path: string, problem: unknown): Diagnostic {
  const code = problem instanceof Error && 'code' in problem ? String(problem.code) : '';
  return diagnostic(
    'WEFT1010',
    fileOrigin(path),
    `${path} ${REASONS[code] ?? `cannot be read: ${problem instanceof Error ? problem.message : String(problem)}`}`,
  );
}
