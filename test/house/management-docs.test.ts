// The documents in docs/MANAGEMENT.md are ones that can be applied.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseDocument } from '../../src/policy/index.ts';

test('every document of the page is understood', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/MANAGEMENT.md'), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  expect(blocks).toHaveLength(3);
  for (const text of blocks) expect(parseDocument(parse(text)).diagnostics).toEqual([]);
});
