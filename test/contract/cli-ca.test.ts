// weft ca: what it says, and what it refuses to be told.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaView, RotationView } from '../../src/api/index.ts';
import { barText } from '../../src/cli/commands/ca/follow.ts';
import { command as ca } from '../../src/cli/commands/ca/index.ts';
import { rehearsalText, stragglerLines, viewText } from '../../src/cli/commands/ca/view.ts';
import { issuerLasts, rootChangeGoesOn, rootLasts } from '../../src/manage/checks/certificates.ts';
import type { Check, Facts } from '../../src/manage/checks/check.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld();
  await world.join('web');
});
afterAll(() => world[Symbol.asyncDispose]());

const NOW = 1_000_000_000_000;
const rotation: RotationView = {
  ...{ from: '1', to: '2', step: 2, phase: 'issuing', words: 'every proxy has a certificate of the new root', startedAt: NOW, phaseSince: NOW },
  ...{ paused: false, undoing: false, done: 1, total: 3 },
  stragglers: [
    { proxy: 'shop/web-1', reason: 'has not acknowledged a new certificate', connected: true, until: 0, skipped: false },
    { proxy: 'shop/old-1', reason: 'is not connected, and may have a certificate that holds', connected: false, until: NOW + 7_200_000, skipped: true },
  ],
};
const root = { fingerprint: 'ab'.repeat(32), subject: 'CN=Weft root', notBefore: 0, notAfter: NOW + 86_400_000_000, key: 'here', issuerNotAfter: 0 } as const;
const view: CaView = { trustDomain: 'example.mesh', leafLifetimeMs: 86_400_000, roots: [{ ...root, name: '1', state: 'issuing' }] };
const plain = { paint: (_style: string, text: string) => text, flags: { verbose: false, headers: true } } as unknown as Parameters<typeof viewText>[0];

describe('weft ca', () => {
  test('shows the roots, and begins, pauses and takes back a change of them', async () => {
    expect(await world.run(ca, [])).toMatch(/ROOT +STATE +FINGERPRINT[^\n]*\n1 +issuing +[0-9a-f]{16} +10y2d +here +365d +CN=Weft root of example\.mesh\n/);
    expect(await world.run(ca, ['pause'])).toContain('no change of the root is under way: `weft ca rotate` begins one');
    const begun = await world.run(ca, ['rotate', '--no-wait']);
    expect(begun).toMatch(/exit 0\n[\s\S]*1 +issuing[\s\S]*2 +trusted/);
    expect(begun).toMatch(/step 1 of 4 {3}every proxy trusts both roots {3}0 of 1 proxy/);
    expect(await world.run(ca, ['rotate'])).toMatch(/exit 1\n[\s\S]*is being changed already \(step "trusting"\)/);
    expect(await world.run(ca, ['rotate', '--dry-run'])).toMatch(/exit 1\n[\s\S]*the root is being changed already: step 1 of 4/);
    expect(await world.run(ca, ['pause'])).toContain('paused\n');
    expect(await world.run(ca, ['undo', '--no-wait', '-o', 'json'])).toContain('"undoing": true');
  });

  const wrong: readonly (readonly [readonly string[], string])[] = [
    [['show', '--force'], '--force is for weft ca rotate and resume'],
    [['undo', '--skip', 'shop/web'], '--skip is for weft ca rotate and resume'],
    [['resume', '--dry-run'], '--dry-run is for weft ca rotate'],
    [['rotate', '--ca-cert', 'chain.pem'], '--ca-cert and --ca-key are given together'],
    [['rotate', '--ca-cert', 'nowhere.pem', '--ca-key', 'nowhere.key'], 'nowhere.pem cannot be read'],
    [['resume', '--skip', 'web'], 'must be NAMESPACE/NAME of a proxy'],
  ];
  test.each(wrong)('%j is refused: %s', async (argv, words) => {
    expect(await world.run(ca, argv)).toContain(words);
  });

  test('never says what stands in a key that it cannot use', async () => {
    const [cert, key] = [world.file('chain.pem', 'no certificate'), world.file('ca.key', 'VERY SECRET')];
    const said = await world.run(ca, ['rotate', '--ca-cert', cert, '--ca-key', key]);
    expect(said).not.toContain('VERY SECRET');
    expect(said).toMatch(/exit (1|65)\n/);
  });
});

describe('weft check', () => {
  test('says what a person must see to: an issuer that nobody here renews, a change that waits', () => {
    const facts = (ca: CaView): Facts => ({
      now: NOW,
      proxies: [],
      diagnostics: [],
      userTokens: [],
      refusedJoins: [],
      clocks: [],
      kept: [],
      document: () => undefined,
      ca,
    });
    const said = (check: Check, ca: CaView) => {
      const found = check.look(facts(ca));
      return typeof found === 'string' ? found : found.map(({ code, words }) => `${code} ${words}`);
    };
    const soon = { ...root, name: '1', state: 'issuing', key: 'elsewhere', issuerNotAfter: NOW + 5 * 86_400_000 } as const;
    expect(said(issuerLasts, { ...view, roots: [soon] })).toEqual(['WEFT2366 the issuer ends in 5 days, and the root’s key is not here']);
    expect(said(issuerLasts, { ...view, roots: [{ ...soon, key: 'here' }] })).toEqual([]);
    expect(said(rootChangeGoesOn, { ...view, rotation })).toEqual(['WEFT2368 the change of the root waits for a proxy in step 2 of 4']);
    expect(said(rootLasts, { ...view, roots: [{ ...soon, notAfter: NOW + 89.5 * 86_400_000 }] })).toEqual(['WEFT2365 the root ends in 89 days']);
    expect(said(rootLasts, { ...view, roots: [{ ...soon, notAfter: NOW - 1 }] })).toEqual(['WEFT2365 the root has ended']);
  });
});

describe('a change that is under way', () => {
  test('names whom it waits for, until when, and what to do', () => {
    const text = viewText(plain, { ...view, rotation }, NOW);
    expect(text).toContain('step 2 of 4   every proxy has a certificate of the new root   1 of 3 proxies\n');
    expect(text).toContain('  └ shop/web-1: has not acknowledged a new certificate\n');
    expect(text).toContain('shop/old-1: is not connected, and may have a certificate that holds; that ends in 120m at the latest (not waited for)');
    expect(text).toContain('to go on without one: weft ca resume --skip NAMESPACE/NAME');
  });

  test('names twenty, and says how many more there are', () => {
    const many = Array.from({ length: 23 }, (_, n) => ({ proxy: `shop/web-${n}`, reason: 'is late', connected: true, until: 0, skipped: false }));
    expect(stragglerLines(many, NOW)).toHaveLength(21);
    expect(stragglerLines(many, NOW).at(-1)).toBe('  └ and 3 more');
  });

  test('is a bar on a terminal, as wide as that is', () => {
    expect(barText(rotation, 200)).toBe(
      '████████░░░░░░░░░░░░░░░░  step 2 of 4   every proxy has a certificate of the new root   1 of 3 proxies   waits for shop/web-1',
    );
    expect([...barText(rotation, 60)]).toHaveLength(59);
  });

  test('is rehearsed with what would hold it up', () => {
    const [late, away] = rotation.stragglers;
    const rehearsal = { connected: 2, away: away === undefined ? [] : [away], blocked: late === undefined ? [] : [late], longestMs: 7_200_000 };
    const text = rehearsalText({ ...view, rehearsal }, NOW);
    expect(text).toContain('it would wait for these until they are as they should be:\n  └ shop/web-1');
    expect(text).toContain('until they are back, or 120m at the longest');
    expect(rehearsalText({ ...view, rehearsal: { connected: 2, away: [], blocked: [], longestMs: 0 } }, NOW)).toContain('nobody would hold it up');
  });
});
