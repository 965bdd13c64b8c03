import { describe, expect, test } from 'vitest';
import { advanced, blocking, PHASES, type Phase, type Rotation, reignOf, type Standing, skipping, stragglers, undone } from './rotation.ts';

const NOW = 1_000_000;
const rotation = (phase: Phase, more: Partial<Rotation> = {}): Rotation => ({
  from: 'a',
  to: 'b',
  phase,
  startedAt: 0,
  phaseSince: 0,
  paused: false,
  undoing: false,
  skipped: [],
  ...more,
});
const standing = (more: Partial<Standing> = {}): Standing => ({
  proxy: 'shop/web',
  connected: true,
  registered: true,
  trusts: true,
  reaches: true,
  runs: 'b',
  holds: { b: NOW + 1 },
  cycled: true,
  ...more,
});
const reasons = (phase: Phase, more: Partial<Standing>): readonly string[] => stragglers(rotation(phase), [standing(more)], NOW).map(({ reason }) => reason);

describe('what is in force', () => {
  test('follows from the phase: trust is widened before anything is issued, and narrowed after everybody has what was issued', () => {
    expect(reignOf('a', undefined)).toEqual({ trusted: ['a'], issuing: 'a', serving: 'a' });
    expect(PHASES.map((phase) => reignOf('a', rotation(phase)))).toEqual([
      { trusted: ['a', 'b'], issuing: 'a', serving: 'a' },
      { trusted: ['a', 'b'], issuing: 'b', serving: 'a' },
      { trusted: ['b'], issuing: 'b', serving: 'b' },
      { trusted: ['b'], issuing: 'b', serving: 'b' },
    ]);
  });

  test('is trusted by everybody at every step, forwards and backwards: who issues next is trusted now', () => {
    for (const phase of PHASES) {
      for (const way of [rotation(phase), undone(rotation(phase), NOW)]) {
        for (let at: Rotation | undefined = way; at !== undefined; at = advanced(at, NOW)) {
          const now = reignOf('a', at);
          const next = advanced(at, NOW);
          expect(now.trusted).toContain(now.issuing);
          expect(now.trusted).toContain(now.serving);
          if (next !== undefined) expect(now.trusted).toContain(reignOf('a', next).issuing);
          if (next !== undefined) expect(now.trusted).toContain(reignOf('a', next).serving);
        }
      }
    }
  });

  test('when it is taken back differs from what was in force by one step only', () => {
    for (const phase of PHASES) {
      const before = reignOf('a', rotation(phase));
      const after = reignOf('a', undone(rotation(phase), NOW));
      expect(before.trusted).toContain(after.issuing);
      expect(after.trusted).toContain(before.issuing);
    }
  });
});

describe('who is waited for', () => {
  test('while the new root is added: who has not taken it, whose machine has not, who is away with a certificate that holds', () => {
    expect(reasons('trusting', { runs: 'a' })).toEqual([]);
    expect(reasons('trusting', { trusts: false })).toEqual(['bundle']);
    expect(reasons('trusting', { reaches: false })).toEqual(['machine']);
    expect(reasons('trusting', { connected: false, reaches: false, holds: {} })).toEqual(['machine']);
    expect(reasons('trusting', { connected: false, holds: { a: NOW + 1 } })).toEqual(['away']);
    expect(reasons('trusting', { connected: false, holds: { a: NOW } })).toEqual([]);
  });

  test('while it issues: who has not acknowledged a new certificate, and who is away with an old one', () => {
    expect(reasons('issuing', {})).toEqual([]);
    expect(reasons('issuing', { runs: 'a' })).toEqual(['certificate']);
    expect(reasons('issuing', { runs: undefined })).toEqual(['certificate']);
    expect(reasons('issuing', { connected: false, holds: { a: NOW + 5 } })).toEqual(['away']);
    expect(reasons('issuing', { connected: false, holds: { b: NOW + 5 } })).toEqual([]);
  });

  test('while the old one is dropped, and connections are ended: who has not acknowledged', () => {
    expect(reasons('dropping', { trusts: false })).toEqual(['bundle']);
    expect(reasons('cycling', { cycled: false })).toEqual(['listeners']);
    expect([reasons('dropping', {}), reasons('cycling', {})]).toEqual([[], []]);
  });

  test('says until when, and does not wait for those that are skipped', () => {
    const found = stragglers(rotation('issuing'), [standing({ connected: false, holds: { a: NOW + 9 } }), standing({ proxy: 'shop/pay', runs: 'a' })], NOW);
    expect(found.map(({ proxy, until }) => [proxy, until])).toEqual([
      ['shop/web', NOW + 9],
      ['shop/pay', 0],
    ]);
    expect(blocking(skipping(rotation('issuing'), ['shop/pay', 'shop/web']), found)).toEqual([]);
    expect(blocking(skipping(rotation('issuing'), ['shop/pay']), found).map(({ proxy }) => proxy)).toEqual(['shop/web']);
  });
});

test('taking back twice goes on', () => {
  const twice = undone(undone(rotation('issuing'), NOW), NOW);
  expect(twice).toMatchObject({ from: 'a', to: 'b', phase: 'issuing', undoing: false });
});
