import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { linesOf } from './lines.ts';

const SPEC = {
  targetRefs: [{ kind: 'Service', name: 'web' }],
  request: '2s',
  on: 'yes',
  limits: { 'a.b/c': 3, none: [], 'x y': null },
  rules: [{ from: [{ principals: ['shop/*', '*'] }], when: [{ key: 'request.headers[x]', values: ['a: b', ''] }] }, { name: 'second' }],
};

test('the lines are YAML that says the same', () => {
  const lines = linesOf(SPEC, 'spec');
  expect(parse(lines.map(({ indent, text }) => '  '.repeat(indent) + text).join('\n'))).toEqual(SPEC);
});

test('each value has the path that the API names it by', () => {
  const paths = linesOf(SPEC, 'spec').flatMap(({ path }) => (path === '' ? [] : [path]));
  expect(paths).toEqual([
    'spec.targetRefs[0].kind',
    'spec.targetRefs[0].name',
    'spec.request',
    'spec.on',
    'spec.limits["a.b/c"]',
    'spec.limits.none',
    'spec.limits["x y"]',
    'spec.rules[0].from[0].principals[0]',
    'spec.rules[0].from[0].principals[1]',
    'spec.rules[0].when[0].key',
    'spec.rules[0].when[0].values[0]',
    'spec.rules[0].when[0].values[1]',
    'spec.rules[1].name',
  ]);
});
