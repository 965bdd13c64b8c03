import { expect, test } from 'vitest';
import { makeDocumentKey } from '../model/index.ts';
import type { Programmed } from './conditions.ts';
import { type DocumentTally, Tallies } from './tallies.ts';

const KEY = makeDocumentKey('', 'Service', 'shop', 'web');
const counted = (running: number, total: number, more: Partial<Programmed & { kind: 'counted' }> = {}): Programmed => ({
  ...{ kind: 'counted', running, total, refused: 0, words: '' },
  ...more,
});
const toldBy = (state: Programmed, generation = 1): readonly DocumentTally[] => {
  const other = new Tallies();
  other.note(KEY, generation, state);
  return other.since(0).tallies;
};

test('what all count is added up; who runs an older generation does not run this one', () => {
  const tallies = new Tallies();
  tallies.heard('b', toldBy(counted(2, 3)));
  tallies.heard('c', toldBy(counted(4, 4), 0));
  expect(tallies.joined(KEY, 1, counted(1, 1))).toEqual(counted(3, 8));
  tallies.left('c');
  expect(tallies.joined(KEY, 1, counted(0, 0))).toEqual(counted(2, 3));
  expect(tallies.left('b')).toEqual([KEY]);
  expect(tallies.joined(KEY, 1, counted(0, 0))).toEqual(counted(0, 0));
});

test('a refusal is heard where proxies took it, with the words of Envoy', () => {
  const tallies = new Tallies();
  tallies.heard('b', toldBy(counted(1, 2, { refused: 1, words: 'bad regex' })));
  expect(tallies.joined(KEY, 1, counted(1, 1))).toMatchObject({ refused: 1, words: 'bad regex', total: 3 });
  tallies.heard('b', toldBy({ kind: 'refused', words: 'no', proxy: 'shop/web-1', lastGood: true }));
  expect(tallies.joined(KEY, 1, counted(1, 1))).toEqual({ kind: 'refused', words: 'no', proxy: 'shop/web-1', lastGood: true });
  expect(tallies.joined(KEY, 2, counted(1, 1))).toEqual(counted(1, 1));
});

test('only what changed is told, and that there is nothing any more', () => {
  const tallies = new Tallies();
  tallies.note(KEY, 1, { kind: 'absent' });
  expect(tallies.since(0)).toEqual({ tallies: [], turn: 0 });
  tallies.note(KEY, 1, counted(1, 1));
  tallies.note(KEY, 1, counted(1, 1));
  const { turn } = tallies.since(0);
  expect([turn, tallies.since(turn).tallies]).toEqual([1, []]);
  tallies.note(KEY, 1, counted(0, 0));
  const told = tallies.since(turn).tallies;
  expect(told).toEqual([{ key: KEY, generation: 1 }]);
  const other = new Tallies();
  other.heard('a', toldBy(counted(1, 1)));
  other.heard('a', told);
  expect(other.joined(KEY, 1, counted(0, 0))).toEqual(counted(0, 0));
});
