import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { changedLines } from './changed-lines.ts';
import { beginningOf, fileOf, readWritten, textOf } from './written.ts';

const TEXT = `apiVersion: weft.dev/v1alpha1
kind: TimeoutPolicy
metadata:
  name: pay
spec:
  targetRefs:
    - kind: Service
      name: checkout
  request: 2s
  "odd.key": { deep: 1 }
`;

test('a path of the API stands on a line, what is missing on that of what it is missing in', () => {
  const { value, problems, lineOf } = readWritten(TEXT);
  expect([value, problems]).toEqual([parse(TEXT), []]);
  const paths = [
    'spec.request',
    'spec.targetRefs[0].name',
    'spec.targetRefs[0]',
    'spec.targetRefs[7].name',
    'spec["odd.key"].deep',
    'spec.nothing',
    'metadata.namespace',
    '',
  ];
  expect(paths.map(lineOf)).toEqual([9, 8, 7, 6, 10, 5, 3, 1]);
});

test.each([
  ['', 1],
  ['# nothing\n', 1],
  ['a: [1,\nb: 2', 2],
  ['a: 1\na: 2\n', 2],
  ['a: 1\n---\nb: 2\n', 2],
  ['a: *gone\n', 1],
  ['[[[[[[[[', 1],
])('text that is not one document is said to be none: %j', (text, line) => {
  const { value, problems } = readWritten(text);
  expect(value).toBeUndefined();
  expect(problems.length).toBeGreaterThan(0);
  expect(problems[0]?.line).toBeGreaterThanOrEqual(line === 1 ? 1 : line);
});

test('what is read is what a user wrote, without what is kept of it', () => {
  const document = {
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'a', uid: '1', resourceVersion: '7', labels: {}, annotations: { 'weft.dev/source-map': '{"file":"a.yaml"}', own: 'yes' } },
    spec: { text: 'on' },
    status: { conditions: [] },
  };
  expect(parse(textOf(document))).toEqual({ apiVersion: 'v1', kind: 'X', metadata: { name: 'a', annotations: { own: 'yes' } }, spec: { text: 'on' } });
  expect([fileOf(document), fileOf({ ...document, metadata: { name: 'a' } })]).toEqual(['a.yaml', undefined]);
});

test('a policy begins with what it is for', () => {
  const kind = { apiVersion: 'weft.dev/v1alpha1', kind: 'RetryPolicy', namespaced: true };
  expect(parse(beginningOf(kind, { namespace: 'shop', name: 'pay', service: 'checkout' }))).toEqual({
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'RetryPolicy',
    metadata: { name: 'pay', namespace: 'shop' },
    spec: { targetRefs: [{ kind: 'Service', name: 'checkout' }] },
  });
});

test('lines that went and came, in their order', () => {
  const lines = (text: string): readonly string[] => text.split('');
  const shown = (before: string, after: string): string =>
    changedLines(lines(before), lines(after))
      .map(({ sign, text }) => sign + text)
      .join('');
  expect(shown('abc', 'abc')).toBe(' a b c');
  expect(shown('abc', 'axc')).toBe(' a-b+x c');
  expect(shown('', 'ab')).toBe('+a+b');
  expect(shown('ab', '')).toBe('-a-b');
});
