import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../../test/kit/fake-clock.ts';
import { spiffeId, type TrustDomain } from '../model/index.ts';
import { certificatesIn } from './anchor.ts';
import { Authority } from './authority.ts';
import { PHASES, type Phase, type Standing } from './rotation.ts';
import { Rotator } from './rotator.ts';

const WEB = spiffeId('example.mesh' as TrustDomain, 'shop', 'web');
let directory: string;
let clock: FakeClock;
let authority: Authority;
let rotator: Rotator;
let fleet: Standing[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weft-rotator-'));
  clock = fakeClock();
  fleet = [];
  start();
});
afterEach(() => {
  rotator.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A control plane begins, or begins again. */
function start(): void {
  authority = Authority.open({ directory, trustDomain: 'example.mesh', clock });
  rotator = Rotator.open({ authority, clock, standings: () => fleet, log: () => {} });
}

const web = (more: Partial<Standing> = {}): Standing => ({
  ...{ proxy: 'shop/web', connected: true, registered: true, trusts: true, reaches: true, runs: authority.issuing, holds: {}, cycled: true },
  ...more,
});
const phase = (): Phase | 'over' => rotator.rotation?.phase ?? 'over';
const go = { skip: [], force: false };

/** What a fleet looks like that waits at each step, so that it does not end by itself. */
const STUCK: Readonly<Record<Phase, Partial<Standing>>> = {
  trusting: { trusts: false },
  issuing: { runs: 'none' },
  dropping: { trusts: false },
  cycling: { cycled: false },
};

/** Goes on to a step and stays there. */
async function reach(wanted: Phase): Promise<void> {
  for (const each of PHASES.slice(0, PHASES.indexOf(wanted) + 1)) {
    fleet = [web({ runs: rotator.rotation?.to ?? '', ...STUCK[each] })];
    if (rotator.rotation === undefined) {
      await rotator.start(go);
    }
    await clock.advance(20_000);
    expect(phase()).toBe(each);
    if (each !== wanted) fleet = [web({ runs: rotator.rotation?.to ?? '' })];
    if (each !== wanted) {
      const next = PHASES[PHASES.indexOf(each) + 1] ?? 'cycling';
      await until(next);
    }
  }
}

/** Lets the time go on in small steps until a phase begins, and then holds the fleet there. */
async function until(wanted: Phase): Promise<void> {
  for (let i = 0; i < 100 && phase() !== wanted; i++) await clock.advance(500);
  fleet = [web({ runs: rotator.rotation?.to ?? '', ...STUCK[wanted] })];
}

/** Everybody does what is asked. */
async function finish(): Promise<void> {
  for (let i = 0; i < 100 && rotator.rotation !== undefined; i++) {
    fleet = [web({ runs: authority.issuing })];
    await clock.advance(500);
  }
  expect(phase()).toBe('over');
}

describe('a rotation', () => {
  test('goes through its steps, each when everybody has done the one before, and leaves the new root alone', async () => {
    const old = authority.rootFingerprint;
    const before = await authority.issue(WEB);
    const bundles: number[] = [];
    authority.onBundle(() => bundles.push(certificatesIn(authority.bundle()).length));
    await reach('cycling');
    await finish();
    expect(authority.fingerprints).toHaveLength(1);
    expect(authority.rootFingerprint).not.toBe(old);
    expect(authority.held(WEB, before.version)).toBeUndefined();
    expect(authority.state).toMatchObject({ current: '2', cycle: 1, retired: [{ name: '1', fingerprint: old }] });
    expect([existsSync(join(directory, 'ca/root.key')), existsSync(join(directory, 'ca/issuer.key'))]).toEqual([false, false]);
    expect(bundles).toEqual([2, 2, 1, 1, 1]);
  });

  test('goes on where it was after a restart at any step', async () => {
    for (const each of PHASES) {
      fleet = [web({ runs: 'none', ...STUCK[each] })];
      if (each === 'trusting') await rotator.start(go);
      else await until(each);
      rotator.close();
      start();
      expect(phase()).toBe(each);
      fleet = [web({ runs: authority.issuing })];
      await clock.advance(12_000);
    }
    await finish();
    expect(authority.state.current).toBe('2');
  });

  test('can be done again and again', async () => {
    const seen = new Set([authority.rootFingerprint]);
    for (let i = 0; i < 3; i++) {
      fleet = [];
      await rotator.start(go);
      await clock.advance(30_000);
      await finish();
      seen.add(authority.rootFingerprint);
      rotator.close();
      start();
    }
    expect(seen.size).toBe(4);
    expect(authority.state.retired.map(({ name }) => name)).toEqual(['1', '2', '3']);
  });

  test.each(PHASES)('can be paused at "%s", and goes on', async (wanted) => {
    await reach(wanted);
    await rotator.pause();
    fleet = [web({ runs: rotator.rotation?.to ?? '' })];
    await clock.advance(120_000);
    rotator.close();
    start();
    await clock.advance(60_000);
    expect([phase(), rotator.rotation?.paused]).toEqual([wanted, true]);
    await rotator.resume(go);
    await finish();
    expect(authority.state.current).toBe('2');
  });

  test.each(PHASES)('can be taken back at "%s", over a restart, and then nothing of the new root is left', async (wanted) => {
    const old = authority.rootFingerprint;
    await reach(wanted);
    await rotator.undo();
    rotator.close();
    start();
    await clock.advance(13_000);
    await finish();
    expect(authority.fingerprints).toEqual([old]);
    expect(authority.state).toMatchObject({ current: '1', retired: [{ name: '2' }] });
    expect(existsSync(join(directory, 'ca/2/root.key'))).toBe(false);
    expect(authority.held(WEB, (await authority.issue(WEB)).version)).toBeDefined();
  });

  test('waits for a proxy until it is skipped, or all are', async () => {
    fleet = [web({ trusts: false }), web({ proxy: 'shop/pay', trusts: false })];
    await rotator.start(go);
    await clock.advance(60_000);
    expect(rotator.progress()?.found.map(({ proxy }) => proxy)).toEqual(['shop/web', 'shop/pay']);
    await rotator.resume({ skip: ['shop/pay'], force: false });
    await clock.advance(1000);
    expect(phase()).toBe('trusting');
    await rotator.resume({ skip: [], force: true });
    await clock.advance(1000);
    expect(phase()).not.toBe('trusting');
    expect(rotator.rotation?.skipped).toEqual(['shop/pay', 'shop/web']);
  });

  test('does not end a step in the first seconds after a start: others are on their way back', async () => {
    await reach('issuing');
    rotator.close();
    fleet = [];
    start();
    await clock.advance(11_000);
    expect(phase()).toBe('issuing');
    await clock.advance(2000);
    expect(phase()).not.toBe('issuing');
  });

  test('is refused while there is one, and what needs one says so', async () => {
    await expect(rotator.pause()).rejects.toThrow(/no change of the root is under way/);
    await reach('trusting');
    await expect(rotator.start(go)).rejects.toThrow(/is being changed already \(step "trusting"\)/);
  });

  test('is rehearsed without any effect', async () => {
    fleet = [web(), web({ proxy: 'shop/old', connected: false, holds: { 1: clock.now() + 5 } })];
    expect(rotator.rehearse()).toMatchObject({ connected: 1, found: [{ proxy: 'shop/old', reason: 'away' }] });
    expect([phase(), authority.anchors.length]).toEqual(['over', 1]);
  });
});

describe('the state on disk', () => {
  test('that is damaged, or of a later version, is refused with the file', async () => {
    await reach('issuing');
    const file = join(directory, 'ca/state.json');
    const text = readFileSync(file, 'utf8');
    const tries: readonly (readonly [string, RegExp])[] = [
      ['garbage', /state\.json is damaged/],
      [text.replace('"version": 1', '"version": 9'), /state\.json is of version 9/],
      [text.replace('"issuing"', '"nothing"'), /speaks of a step "nothing" that there is not/],
      [text.replace('"current": "1"', '"current": "7"'), /speaks of a root 7 that it does not list/],
    ];
    for (const [written, words] of tries) {
      writeFileSync(file, written);
      expect(() => Authority.open({ directory, trustDomain: 'example.mesh', clock })).toThrow(words);
    }
  });
});
