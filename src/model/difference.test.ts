import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../base/index.ts';
import { differences } from './difference.ts';

test('the deepest places that differ; lists of other lengths as a whole', () => {
  expect(differences({ a: { b: 1, c: [1, 2] }, 'x/y': 1 }, { a: { b: 2, c: [1, 3] }, 'x/y': 2, d: [] })).toEqual([
    { path: 'a.b', before: 1, after: 2 },
    { path: 'a.c[1]', before: 2, after: 3 },
    { path: 'd', before: undefined, after: [] },
    { path: '["x/y"]', before: 1, after: 2 },
  ]);
  expect(differences({ a: [1] }, { a: [1, 2] })).toEqual([{ path: 'a', before: [1], after: [1, 2] }]);
  expect(differences({ a: 1 }, { a: 1 })).toEqual([]);
});

test('nothing differs exactly when the texts are equal', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(differences(a, b).length === 0).toBe(canonicalJson(a) === canonicalJson(b));
    }),
  );
});
