import { expect, test } from 'vitest';
import { heapOfMachine, LEAST_HEAP_BYTES, parseHeap } from './heap.ts';

test.for([
  { limit: 0, total: 8 * 2 ** 30, half: 4 * 2 ** 30, why: 'no limit is known' },
  { limit: 2 ** 30, total: 8 * 2 ** 30, half: 2 ** 29, why: 'the group has less than the machine' },
  { limit: 2 ** 63, total: 8 * 2 ** 30, half: 4 * 2 ** 30, why: 'what version 1 of control groups calls no limit' },
  { limit: 2 ** 20, total: 8 * 2 ** 30, half: LEAST_HEAP_BYTES, why: 'less than Envoy is good for' },
])('of $limit and $total half: $why', ({ limit, total, half }) => expect(heapOfMachine(limit, total)).toBe(half));

test.for([
  ['512Mi', 512 * 2 ** 20],
  ['1.5G', 1_500_000_000],
  ['268435456', 268_435_456],
  ['63Mi', undefined],
  ['512MB', undefined],
  ['much', undefined],
  ['-1Gi', undefined],
  ['', undefined],
] as const)('%s', ([text, bytes]) => expect(parseHeap(text)).toBe(bytes));
