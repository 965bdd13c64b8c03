// The project stands alone: no path of a machine, no host of a package registry, no loose ends.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const home = resolve(import.meta.dirname, '../..');
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: home, encoding: 'utf8' })
  .split('\n')
  .filter((name) => name !== '' && !name.startsWith('test/house/'));

test('no file names a registry host or a folder of one machine', () => {
  const hosts = /registry\.npmjs\.org|pypi\.org|files\.pythonhosted\.org|proxy\.golang\.org|\/(?:work|farm)\/[a-z]|\/root\/[a-z.]/;
  const found = files.filter((name) => hosts.test(readFileSync(join(home, name), 'utf8')));
  expect(found).toEqual([]);
});

test('the lockfile pins versions and integrity and no addresses', () => {
  const lock = JSON.parse(readFileSync(join(home, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
  };
  const bad = Object.entries(lock.packages).filter(
    ([name, entry]) => name !== '' && name !== 'dashboard' && entry.link !== true && (entry.resolved !== undefined || entry.integrity === undefined),
  );
  expect(bad.map(([name]) => name)).toEqual([]);
});

test('source has no loose ends', () => {
  const loose = /\b(?:TODO|FIXME|XXX|HACK)\b|@ts-ignore|^[^/*'`]*(?:\bas any\b|: any\b(?!\())|\b(?:test|describe|it)\.(?:skip|only|todo)\(/m;
  const found = files.filter((name) => /\.(?:ts|mjs|js|sh)$/.test(name) && loose.test(readFileSync(join(home, name), 'utf8')));
  expect(found).toEqual([]);
});
