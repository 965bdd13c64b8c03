// The chart that is committed is the one that the code makes; that it says what `weft install` does, Helm itself shows: test/contract/chart.test.ts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { chartFiles } from '../index.ts';

const home = resolve(import.meta.dirname, '../../..');
const chart = join(home, 'deploy/helm/weft');
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };

test('deploy/helm/weft is up to date: npm run docs', () => {
  const files = chartFiles(version);
  for (const [name, text] of files) expect(existsSync(join(chart, name)) ? readFileSync(join(chart, name), 'utf8') : 'not there', name).toBe(text);
  const there = readdirSync(chart, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  expect(there).toHaveLength(files.size);
});

test('no template says anything that Helm would run as a hook', () => {
  for (const [name, text] of chartFiles(version)) expect(text, name).not.toContain('helm.sh/hook');
});
