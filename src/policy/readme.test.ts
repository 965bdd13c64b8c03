// The pages for users are test inputs: every YAML block of a policy's README is a document that Weft takes without a word.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentsOf } from '../../test/kit/compiled.ts';

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(import.meta.dirname, entry.name, 'README.md')))
  .map((entry) => entry.name);

function blocks(folder: string): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, folder, 'README.md'), 'utf8');
  return [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block);
}

describe.each(folders)('%s/README.md', (folder) => {
  test.each(blocks(folder).map((block, at) => [at + 1, block] as const))('example %i', (_at, block) => {
    const { documents, diagnostics } = documentsOf(block, 'README.md');
    expect(diagnostics).toEqual([]);
    expect(documents.length).toBeGreaterThan(0);
  });
});
