import { describe, expect, test } from 'vitest';
import { readDevFile } from './file.ts';
import { linePrefix, runArguments } from './mesh.ts';

describe('the file of weft dev', () => {
  test('services with all their fields, and documents', () => {
    const read = readDevFile({
      services: {
        web: { command: 'node web.js', ports: [8080], env: { LEVEL: 3 } },
        checkout: { command: ['node', 'checkout.js'], ports: ['80:9090/http'], replicas: 2, version: 2, cwd: 'shop' },
      },
      documents: ['routes.yaml'],
    });
    expect(read).toEqual({
      ok: true,
      value: {
        services: [
          { name: 'web', command: ['sh', '-c', 'node web.js'], ports: ['8080'], env: { LEVEL: '3' }, replicas: 1 },
          { name: 'checkout', command: ['node', 'checkout.js'], ports: ['80:9090/http'], env: {}, replicas: 2, version: '2', cwd: 'shop' },
        ],
        documents: ['routes.yaml'],
      },
    });
  });

  test('every mistake is found at once, with its place', () => {
    const read = readDevFile({ services: { Web: { comand: 'x', ports: ['70000'], replicas: 0, env: ['a'] } }, document: [] });
    expect(read.ok).toBe(false);
    const problems = read.ok ? [] : read.error;
    expect(problems.map((line) => line.split(': ')[0])).toEqual([
      'file.document',
      'services.Web',
      'services.Web.comand',
      'services.Web.replicas',
      'services.Web.command',
      'services.Web.ports',
      'services.Web.env',
    ]);
    expect(problems[2]).toBe('services.Web.comand: unknown field; known here are command, ports, env, replicas, version, cwd');
  });

  test('nothing in it', () => {
    expect(readDevFile(null)).toMatchObject({ ok: false, error: ['file: this should be a map'] });
    expect(readDevFile({})).toMatchObject({ ok: false });
  });
});

test('an instance is run under its number', () => {
  const service = { name: 'web', command: ['sh', '-c', 'node web.js'], ports: ['80:8080'], env: {}, replicas: 1, version: 'v2' };
  expect(runArguments(service, 1)).toEqual([
    'run',
    '--service',
    'web',
    '--instance',
    '1',
    '--quiet',
    '--port',
    '80:8080',
    '--version-label',
    'v2',
    '--',
    'sh',
    '-c',
    'node web.js',
  ]);
});

test('prefixes', () => {
  expect(linePrefix('web', 8, undefined)).toBe('web      | ');
  expect(linePrefix('web', 3, 0)).toBe('\x1b[36mweb | \x1b[0m');
});
