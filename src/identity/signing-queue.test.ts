import { describe, expect, test } from 'vitest';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import type { SpiffeId } from '../model/index.ts';
import { SigningQueue } from './signing-queue.ts';

const id = (name: string): SpiffeId => `spiffe://example.mesh/ns/shop/sa/${name}` as SpiffeId;

describe('S-09c: certificates in turn', () => {
  test('an identity that asks 1000 times waits for itself: each of 20 others waits for one of its certificates at most', async () => {
    const clock = fakeClock();
    const order: string[] = [];
    const queue = new SigningQueue(async (who) => void order.push(who), clock);
    const flood = Array.from({ length: 1000 }, () => queue.issue(id('loud')));
    const others = Array.from({ length: 20 }, (_, n) => queue.issue(id(`calm-${n}`)));
    await clock.advance(0);
    await Promise.all(others);
    const last = Math.max(...others.map((_, n) => order.indexOf(id(`calm-${n}`))));
    expect(order.slice(0, last + 1).filter((who) => who === id('loud')).length).toBeLessThanOrEqual(1);
    await clock.advance(2000);
    await Promise.all(flood);
    expect(order).toHaveLength(1020);
  });

  test('500 at once and 500 a second for one identity; beyond 2000 waiting, asking is refused', async () => {
    const clock = fakeClock();
    let signed = 0;
    const queue = new SigningQueue(async () => void signed++, clock);
    const asked = Array.from({ length: 2000 }, () => queue.issue(id('loud')));
    await expect(queue.issue(id('loud'))).rejects.toMatchObject({ code: 'signing-busy', class: { retryable: true } });
    await clock.advance(0);
    expect(signed).toBe(500);
    await clock.advance(1000);
    expect(signed).toBeGreaterThanOrEqual(995);
    expect(signed).toBeLessThanOrEqual(1001);
    await clock.advance(5000);
    await Promise.all(asked);
    expect(signed).toBe(2000);
  });

  test('what signing rejects with is told to who asked, and to nobody else', async () => {
    const clock = fakeClock();
    const queue = new SigningQueue(async (who) => (who === id('bad') ? Promise.reject(new Error('no')) : who), clock);
    const [bad, good] = [queue.issue(id('bad')), queue.issue(id('good'))];
    bad.catch(() => undefined);
    await clock.advance(0);
    await expect(bad).rejects.toThrow('no');
    expect(await good).toBe(id('good'));
  });
});
