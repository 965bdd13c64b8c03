import { describe, expect, test } from 'vitest';
import type { TapLine, TapRequest } from '../../../../src/api/index.ts';
import { KEPT, type Tapped, withLines } from './stream.ts';

const EMPTY: Tapped = { rows: [], seen: 0, dropped: 0, telling: 0, waiting: 0, ended: undefined, error: undefined };
const request = (id: string): TapLine => ({ kind: 'request', request: id }) as TapRequest;

describe('what a page holds of a tap', () => {
  test('newest first; what else is said is counted', () => {
    const held = withLines(EMPTY, [
      request('a'),
      { kind: 'standing', telling: 2, waiting: 1 },
      request('b'),
      { kind: 'dropped', count: 5, why: 'max-rps' },
      { kind: 'dropped', count: 2, why: 'behind' },
    ]);
    expect(held.rows.map(({ n, request: { request: id } }) => [n, id])).toEqual([
      [1, 'b'],
      [0, 'a'],
    ]);
    expect(held).toMatchObject({ seen: 2, dropped: 7, telling: 2, waiting: 1, ended: undefined });
    expect(withLines(held, [{ kind: 'ended', why: 'over' }]).ended).toBe('over');
  });

  test('the oldest are let go, and a kind of line that nobody knows is passed over', () => {
    const many = Array.from({ length: KEPT + 10 }, (_, at) => request(String(at)));
    const held = withLines(EMPTY, [...many, { kind: 'later' } as unknown as TapLine]);
    expect([held.rows.length, held.seen, held.rows[0]?.request.request]).toEqual([KEPT, KEPT + 10, String(KEPT + 9)]);
  });
});
