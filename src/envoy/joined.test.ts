import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinedFormat, readJoined } from './joined.ts';

const NAMES = ['side', 'route', 'reason'] as const;

test('values that are joined are read again by name, in whatever order they were told', () => {
  // Envoy puts values in the place of formats; here they are values already
  const value = fc.string().filter((text) => !text.includes('\u001f'));
  fc.assert(
    fc.property(fc.record({ side: value, route: value, reason: value }), (told) => {
      const { reason, route, side } = told;
      expect(Object.fromEntries(readJoined(NAMES, joinedFormat(NAMES, { reason, side, route })))).toEqual(told);
    }),
  );
});

test('a name without a format is empty between others, and not there behind the last', () => {
  expect([...readJoined(NAMES, joinedFormat(NAMES, { route: 'r' }))]).toEqual([
    ['side', ''],
    ['route', 'r'],
  ]);
  expect(joinedFormat(NAMES, {})).toBe('');
  expect(readJoined(NAMES, joinedFormat(NAMES, { side: 's', reason: '' })).has('reason')).toBe(true);
});

test('a value with the mark in it moves only what stands behind', () => {
  const read = readJoined(NAMES, 'outbound\u001fshop/a\u001fno\u001fside=inbound\u001fx');
  expect([read.get('side'), read.get('route'), read.get('reason')]).toEqual(['outbound', 'shop/a', 'no']);
});
