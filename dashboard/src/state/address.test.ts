import { describe, expect, test } from 'vitest';
import { readSearch, scopeFlags, spanFlags, spanOf, spanQuery, writeSearch } from './address.ts';

describe('the address', () => {
  test('the same state is the same text, whatever order it came in, and reads back', () => {
    expect(writeSearch({ range: '1h', ns: 'shop', q: '', x: undefined })).toBe('?ns=shop&range=1h');
    expect(readSearch('?ns=shop&range=1h&ns=other')).toEqual({ ns: 'shop', range: '1h' });
    expect(readSearch(writeSearch({ q: 'a b&c=ü' }))).toEqual({ q: 'a b&c=ü' });
  });

  test('time: the last so much, a fixed span, and the default for whatever cannot be read', () => {
    expect(spanOf({})).toEqual({ kind: 'last', range: '15m', ms: 900_000 });
    expect(spanOf({ range: '17y' })).toEqual(spanOf({}));
    const fixed = spanOf({ from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z', range: '5m' });
    expect(fixed).toMatchObject({ kind: 'fixed', ms: 3_600_000 });
    expect(spanOf({ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }).kind).toBe('last');
    expect(spanQuery(fixed)).toEqual({ since: '2026-01-01T00:00:00.000Z', until: '2026-01-01T01:00:00.000Z' });
    expect(spanFlags(fixed, Date.parse('2026-01-01T03:00:30Z'))).toBe(' --since 181m');
    expect([spanFlags(spanOf({ range: '1h' })), scopeFlags({}), scopeFlags({ ns: 'shop' })]).toEqual([' --since 1h', ' -A', ' -n shop']);
  });
});
