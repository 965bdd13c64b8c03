import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KNOBS } from './index.ts';

test('the documentation has a row for every annotation, and its example is one', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/kubernetes.md'), 'utf8');
  for (const [annotation, { example, words, read }] of Object.entries(KNOBS)) {
    expect(text).toContain(`| \`${annotation}\` | \`${example}\` | ${words} |`);
    expect(read(example)).toMatchObject({ ok: true });
  }
});
