// What the Dockerfiles say (M-11): a base by digest, no shell step, nobody is root.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const home = resolve(import.meta.dirname, '../..');
const UIDS = { 'control-plane': 65_532, proxy: 1337 };

test.each(Object.entries(UIDS))('%s: nothing is built, fetched or run by root', (name, uid) => {
  const text = readFileSync(join(home, 'deploy/images', `${name}.Dockerfile`), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const words = lines.map((line) => line.split(' ')[0]);
  expect(words.slice(0, 3)).toEqual(['ARG', 'FROM', 'COPY']);
  // a base without a default: `docker build` stops where nobody names one
  expect(lines.slice(0, 2).join(' ')).toMatch(/^ARG BASE FROM \$\{BASE\}$/);
  for (const word of ['RUN', 'ADD', 'SHELL', 'CMD', 'VOLUME', 'ONBUILD']) expect(words).not.toContain(word);
  expect(lines).toContain(`USER ${uid}:${uid}`);
  const entry = lines.find((line) => line.startsWith('ENTRYPOINT ')) ?? '';
  expect(JSON.parse(entry.slice('ENTRYPOINT '.length))).toEqual(expect.arrayContaining([expect.stringMatching(/^\//)]));
});
