import { expect, test } from 'vitest';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import { DEFAULT_PACE, Pacer } from './pacer.ts';

function paced(costMs = 0, freeShare = 0) {
  const clock = fakeClock();
  const pushes: number[] = [];
  let extra = 0;
  const timed = { ...clock, monotonic: () => clock.monotonic() + extra };
  const pacer = new Pacer(
    timed,
    () => {
      pushes.push(clock.monotonic());
      extra += costMs;
    },
    { ...DEFAULT_PACE, freeShare },
  );
  return { clock, pushes, pacer };
}

test('the first change is pushed at once, then less and less often while changes keep coming', async () => {
  const { clock, pushes, pacer } = paced();
  for (let at = 0; at < 4000; at += 10) {
    pacer.changed('configuration');
    await clock.advance(10);
  }
  expect(pushes).toEqual([0, 100, 300, 700, 1500, 2500, 3500]);
});

test('after a quiet time the next change is a first one again', async () => {
  const { clock, pushes, pacer } = paced();
  pacer.changed('configuration');
  await clock.advance(50);
  pacer.changed('configuration');
  await clock.advance(1000);
  pacer.changed('configuration');
  expect(pushes).toEqual([0, 100, 1050]);
});

test('an endpoint never waits more than 100 ms behind configuration', async () => {
  const { clock, pushes, pacer } = paced();
  for (let at = 0; at < 1600; at += 10) {
    pacer.changed('configuration');
    await clock.advance(10);
  }
  pacer.changed('endpoints');
  await clock.advance(100);
  expect(pushes.at(-1)).toBe(1700);
});

test('while pushing costs little nobody waits; when it costs much, changes are collected', async () => {
  const cheap = paced(1, 0.25);
  const dear = paced(200, 0.25);
  for (const { clock, pacer } of [cheap, dear]) {
    for (let at = 0; at < 1000; at += 50) {
      pacer.changed('configuration');
      await clock.advance(50);
    }
  }
  expect(cheap.pushes).toHaveLength(20);
  expect(dear.pushes.length).toBeLessThan(8);
});
