import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cover, finestFor, LEVELS, type Reach } from './levels.ts';

const NOW = 1_800_000_000;
const step = (level: number): number => LEVELS[level]?.stepS ?? 1;
const reaches: readonly Reach[] = LEVELS.map(({ stepS, keepS }) => ({
  first: Math.ceil((NOW - keepS) / stepS) * stepS,
  until: Math.floor(NOW / stepS) * stepS,
}));

test('every moment of a window once, in whole steps of what is kept, and in few of them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 80 * 86_400 }), fc.integer({ min: 1, max: 80 * 86_400 }), (back, long) => {
      const from = Math.floor((NOW - back) / 10) * 10;
      const to = Math.min(NOW, from + long * 10);
      fc.pre(from < to);
      const stretches = cover(from, to, reaches);
      let [rows, at] = [0, stretches[0]?.from ?? 0];
      expect(at).toBeLessThanOrEqual(from);
      for (const each of stretches) {
        expect(each.from).toBe(at);
        expect([each.from % step(each.level), each.to % step(each.level)]).toEqual([0, 0]);
        expect(each.from).toBeGreaterThanOrEqual((reaches[each.level]?.first ?? 0) - step(each.level));
        rows += (each.to - each.from) / step(each.level);
        at = each.to;
      }
      expect(at).toBeGreaterThanOrEqual(Math.min(to, NOW - 10));
      expect(rows).toBeLessThan(80 * 24 + 300);
    }),
  );
});

test('a day is some thirty rows of hours, and its ends', () => {
  const stretches = cover(NOW - 86_400, NOW, reaches);
  const rows = stretches.reduce((sum, { level, from, to }) => sum + (to - from) / step(level), 0);
  expect(rows).toBeLessThan(60);
});

test('nothing but the finest level yet: that one', () => {
  expect(cover(NOW - 600, NOW, [{ first: NOW - 100, until: NOW }])).toEqual([{ level: 0, from: NOW - 600, to: NOW }]);
});

test('a young mesh is drawn finely, though steps of an hour begin before it did; of an old one what is fine is kept for a while', () => {
  const begun = NOW - 700;
  const young = LEVELS.map(({ stepS }): Reach => ({ first: Math.floor(begun / stepS) * stepS, until: NOW }));
  expect([900, 3600, 86_400].map((back) => finestFor(young, NOW - back))).toEqual([0, 0, 0]);
  expect([900, 4 * 3600, 3 * 86_400, 30 * 86_400].map((back) => finestFor(reaches, NOW - back))).toEqual([0, 1, 2, 3]);
  expect(finestFor([{ first: 0, until: 0 }], NOW)).toBe(0);
});
