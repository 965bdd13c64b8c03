// docs/THREATS.md names the test of every defence: each of them is there.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const home = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(home, 'docs/THREATS.md'), 'utf8');
const rows = page
  .slice(page.indexOf('## Threats, defences, tests'), page.indexOf('## What is not defended'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| threat'));

test('every defence has a test, and every test is there', () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const row of rows) {
    const files = row.split('|')[3]?.trim().split(', ') ?? [];
    expect([row, files.length > 0 && files.every((file) => /^(src|test)\/[\w./-]+\.test\.ts$/.test(file))]).toEqual([row, true]);
    for (const file of files) expect([file, existsSync(join(home, file))]).toEqual([file, true]);
  }
});

test('what is said by number is there as well, and what has no test says that it is open', () => {
  const numbered = page
    .slice(page.indexOf('## By number'))
    .split('\n')
    .filter((line) => /^\| [SMD]-/.test(line));
  expect(numbered.length).toBeGreaterThan(35);
  for (const row of numbered) {
    const [, , , tried = '', missing = ''] = row.split('|').map((cell) => cell.trim());
    if (tried === '') expect([row, missing.startsWith('open')]).toEqual([row, true]);
    for (const file of tried === '' ? [] : tried.split(', ')) expect([file, existsSync(join(home, file))]).toEqual([file, true]);
  }
});
