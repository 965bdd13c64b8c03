import { expect, test } from 'vitest';
import { FairQueue } from './fair-queue.ts';
import { beginsTls } from './hello.ts';
import { KnownSources, sourceOf } from './sources.ts';
import { TimeShare } from './time-share.ts';

const all = <T>(queue: FairQueue<T>): readonly T[] => {
  const out: T[] = [];
  for (let next = queue.next(); next !== undefined; next = queue.next()) out.push(next);
  return out;
};

test('each source has its turn: one that sends many waits for itself', () => {
  const queue = new FairQueue<string>({ mostOfOne: 3 });
  const added = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2'].map((item) => queue.add(item.slice(0, 1), false, item));
  expect(added).toEqual([true, true, true, false, true, true, true]);
  expect(queue.size).toBe(6);
  expect(all(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  expect(queue.size).toBe(0);
});

test('sources that are known come before strangers, and take turns as well', () => {
  const queue = new FairQueue<string>({ mostOfOne: 10 });
  for (const item of ['a1', 'a2', 'a3']) queue.add('a', false, item);
  for (const item of ['k1', 'k2']) queue.add('k', true, item);
  queue.add('l', true, 'l1');
  expect(all(queue)).toEqual(['k1', 'l1', 'k2', 'a1', 'a2', 'a3']);
});

const busy = () => 0;

test('a share of the time: a burst at once, then as much as is earned', () => {
  let now = 0;
  const share = new TimeShare({ share: 0.2, burstMs: 10 }, { now: () => now, idle: busy });
  expect(share.waitMs()).toBe(0);
  now += 12;
  share.spent(12);
  for (let waited = 0; waited < 9; waited++) {
    expect(share.waitMs()).toBeGreaterThan(0);
    now += 1;
  }
  now += 2;
  expect(share.waitMs()).toBe(0);
  now += 1_000_000;
  share.spent(11);
  expect(share.waitMs()).toBeGreaterThan(0);
});

test('time that nobody else wants is theirs, too', () => {
  let [now, idle] = [0, 0];
  const share = new TimeShare({ share: 0.2, burstMs: 10 }, { now: () => now, idle: () => idle });
  share.spent(130);
  expect(share.waitMs()).toBe(101);
  now += 101;
  idle += 101;
  expect(share.waitMs()).toBe(0);
  now += 1_000_000;
  idle += 1_000_000;
  share.spent(11);
  expect(share.waitMs()).toBeGreaterThan(0);
});

test('over a long time no more than its share is taken while others want the rest, whatever one piece costs', () => {
  let [now, taken] = [0, 0];
  const share = new TimeShare({ share: 0.2, burstMs: 500 }, { now: () => now, idle: busy });
  while (now < 60_000) {
    const waitMs = share.waitMs();
    const cost = waitMs > 0 ? 0 : 0.3 + (taken % 2);
    now += waitMs + cost;
    taken += cost;
    if (cost > 0) share.spent(cost);
  }
  expect(taken).toBeLessThan(60_000 * 0.2 + 500 + 2);
  expect(taken).toBeGreaterThan(60_000 * 0.15);
});

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  [undefined, ''],
])('%s is of source %s', (address, source) => {
  expect(sourceOf(address)).toBe(source);
});

test('of known sources those heard of longest ago are forgotten first', () => {
  const known = new KnownSources();
  known.add('first');
  for (let n = 0; n < 9_999; n++) known.add(`s${n}`);
  known.add('first');
  known.add('one more');
  expect([known.has('first'), known.has('s0'), known.has('s1'), known.has('one more')]).toEqual([true, false, true, true]);
});

test.each([
  ['160301020001', true],
  ['16', true],
  ['1603', true],
  ['160301', true],
  ['160301400101', false],
  ['160301000001', false],
  ['160201020001', false],
  ['160301020002', false],
  ['150301000201', false],
  ['474554202f20', false],
  ['', false],
])('%s can begin TLS: %s', (hex, can) => {
  expect(beginsTls(Buffer.from(hex, 'hex'))).toBe(can);
});
