import { expect, test } from 'vitest';
import { stitch } from '../index.ts';

test('a call within one request is that one’s', () => {
  const inbound = [
    { id: 'a', startUs: 0, endUs: 1_000, operation: 'GET' },
    { id: 'b', startUs: 5_000, endUs: 6_000, operation: 'GET' },
  ];
  const outbound = [
    { id: 'x', startUs: 100, endUs: 900, callee: 'stock' },
    { id: 'y', startUs: 5_100, endUs: 5_900, callee: 'stock' },
  ];
  expect(stitch({ inbound, outbound }).edges.map(({ parent }) => parent)).toEqual(['a', 'b']);
});
