import { expect, test } from 'vitest';
import type { Standing } from '../../identity/index.ts';
import type { ToldStanding } from './report.ts';
import { type JoinedStandings, joinedStandings } from './standings.ts';

const NOW = 1_000_000;
const at = (more: Partial<Standing>): Standing => ({
  ...{ proxy: 'shop/web', connected: false, registered: true, trusts: false, reaches: true, runs: undefined, holds: {}, cycled: false },
  ...more,
});
const told = (more: Partial<ToldStanding>): ToldStanding => at(more);
const up = { connected: true, trusts: true, runs: '2', cycled: true } as const;

function join(own: readonly Standing[], others: readonly (readonly ToldStanding[])[], more: Partial<JoinedStandings> = {}): readonly Standing[] {
  const gap = { since: 0, leafLifetimeMs: 1000, roots: ['1', '2'] };
  return joinedStandings({
    ...{ own, gap, madeAt: () => 0, now: NOW },
    others: others.map((standings, index) => ({ name: `weft-system/${index}`, told: true, standings })),
    ...more,
  });
}

test('a proxy is where it is connected, whoever is asked', () => {
  expect(join([at({})], [[told(up)]])).toEqual([at(up)]);
  expect(join([at(up)], [[told({})]])).toEqual([at(up)]);
});

test('of two streams of a proxy both have to be as they should', () => {
  expect(join([at(up)], [[told({ ...up, trusts: false })]])).toMatchObject([{ trusts: false, runs: '2' }]);
  expect(join([at(up)], [[told({ ...up, runs: '1' })]])).toMatchObject([{ runs: undefined }]);
});

test('what one replica gave to a proxy it may have, and what its machine has not stored at one of them it has not', () => {
  const [joined] = join([at({ holds: { 1: 5 } })], [[told({ holds: { 1: 9, 2: 7 }, reaches: false })]]);
  expect(joined).toMatchObject({ holds: { 1: 9, 2: 7 }, reaches: false });
});

test('a replica that has not told is waited for itself', () => {
  const others = [{ name: 'weft-system/b', told: false, standings: [] }];
  expect(join([], [], { others })).toMatchObject([{ proxy: 'weft-system/b', instead: 'replica' }]);
});

test('a proxy that was there before anybody remembers may have a certificate of any root, until that must have ended', () => {
  const gap = { since: NOW - 10, leafLifetimeMs: 1000, roots: ['1', '2'] };
  const until = gap.since + gap.leafLifetimeMs;
  expect(join([at({})], [], { gap })).toMatchObject([{ holds: { 1: until, 2: until } }]);
  expect(join([at({})], [], { gap, now: until })).toMatchObject([{ holds: {} }]);
  expect(join([at({})], [], { gap, madeAt: () => gap.since })).toMatchObject([{ holds: {} }]);
  expect(join([at({ registered: false })], [], { gap })).toMatchObject([{ holds: {} }]);
  expect(join([at({})], [[told(up)]], { gap })).toMatchObject([{ holds: {} }]);
  expect(join([at({ holds: { 2: 5 } })], [], { gap })).toMatchObject([{ holds: { 2: 5 } }]);
});
