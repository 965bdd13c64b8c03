// Writes docs/reference: what codes mean and what may be written in documents, out of the tables the product itself uses.
// `npm run docs`; with --check it only says whether the pages are up to date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from '../src/cli/reference.ts';

const folder = join(import.meta.dirname, '..', 'docs', 'reference');
mkdirSync(folder, { recursive: true });
let stale = false;
for (const [name, text] of await referencePages()) {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale = true;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  process.stdout.write(`${process.argv.includes('--check') ? 'not up to date' : 'written'}: docs/reference/${name}\n`);
}
process.exitCode = stale && process.argv.includes('--check') ? 1 : 0;
