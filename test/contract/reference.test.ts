// The pages of docs/reference are made of the tables of the product, and are those that stand there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { referencePages } from '../../src/cli/reference.ts';
import { DIAGNOSTICS } from '../../src/model/index.ts';
import { KINDS } from '../../src/policy/index.ts';

it('docs/reference is up to date', async () => {
  const pages = await referencePages();
  for (const [name, text] of pages)
    expect(readFileSync(join(import.meta.dirname, '../../docs/reference', name), 'utf8') === text, `${name} is old: npm run docs`).toBe(true);
  for (const code of Object.keys(DIAGNOSTICS)) expect(pages.get('diagnostics.md')).toContain(`### ${code}\n`);
  for (const kind of KINDS) expect(pages.get('kinds.md')).toContain(`## ${kind.kind}\n`);
});
