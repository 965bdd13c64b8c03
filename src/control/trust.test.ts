import { describe, expect, test } from 'vitest';
import { openWorld, service, type World, workload } from '../../test/kit/control-world.ts';
import { decodeResource, type Resource } from '../envoy/index.ts';
import type { ProxyId } from '../model/index.ts';
import type { Held } from './index.ts';

const HOUR = 3600_000;
const SHOP = [service('web'), service('checkout'), workload('web', 'web'), workload('checkout-1', 'checkout')];

/** The world's authority, as somebody who changes roots does. */
function authority(world: World): { change(what: { issuing?: string; cycle?: number; bundle?: string }): Promise<void> } {
  const told: (() => void)[] = [];
  const issue = world.issuer.issue;
  world.issuer.onBundle = (callback) => {
    told.push(callback);
    return () => {};
  };
  world.issuer.issue = async (id) => ({ ...(await issue(id)), authority: world.issuer.issuing });
  return {
    change: async ({ bundle, ...values }) => {
      Object.assign(world.issuer, values, bundle === undefined ? {} : { bundle: () => bundle });
      for (const tell of told) tell();
      await world.settle();
      await world.clock.advance(1000);
    },
  };
}

/** Opened twice, since the control plane asks to be told when it opens. */
async function open(options: Parameters<typeof openWorld>[0] = {}) {
  const first = await openWorld({ documents: SHOP, ...options });
  const desk = authority(first);
  const world = await openWorld({ documents: SHOP, ...options, clock: first.clock, issuer: first.issuer });
  return { world, desk };
}

const versionOf = (held: { of(type: 'secret'): ReadonlyMap<string, Resource> }): string | undefined => held.of('secret').get('workload')?.version;

describe('when the root is changed', () => {
  test('a proxy stands where it has acknowledged, and no further', async () => {
    const { world, desk } = await open();
    const web = await world.connect('web');
    const of = (id: string) => world.plane.trustStandings().find(({ proxy }) => proxy === id);
    expect(of('shop/web')).toMatchObject({ connected: true, trusts: true, runs: '1', cycled: true });
    expect(of('shop/checkout-1')).toMatchObject({ connected: false, trusts: false, runs: undefined, holds: {} });
    web.pause();
    await desk.change({ bundle: 'root and root 2' });
    expect(of('shop/web')).toMatchObject({ trusts: false });
    web.resume();
    await world.settle();
    expect(of('shop/web')).toMatchObject({ trusts: true, runs: '1' });
  });

  test('everybody gets a certificate of the new one, and who acknowledged it has the old one no more', async () => {
    const { world, desk } = await open();
    const web = await world.connect('web');
    const before = versionOf(web.held);
    web.pause();
    await desk.change({ issuing: '2' });
    const standing = () => world.plane.trustStandings().find(({ proxy }) => proxy === 'shop/web');
    expect(Object.keys(standing()?.holds ?? {})).toEqual(['1', '2']);
    expect(standing()?.runs).toBeUndefined();
    web.resume();
    await world.settle();
    expect(versionOf(web.held)).not.toBe(before);
    expect([standing()?.runs, Object.keys(standing()?.holds ?? {})]).toEqual(['2', ['2']]);
  });

  test('a proxy that needs neither certificate nor bundle holds nothing up', async () => {
    const { world, desk } = await open({ documents: [workload('alone', 'alone', { ports: [] })] });
    const alone = await world.connect('alone');
    expect([...alone.held.of('secret').keys()]).toEqual([]);
    await desk.change({ issuing: '2', bundle: 'root and root 2' });
    expect(world.plane.trustStandings()).toMatchObject([{ proxy: 'shop/alone', trusts: true, runs: '2' }]);
  });

  test('a certificate that was on its way is not given out', async () => {
    const { world, desk } = await open();
    const issue = world.issuer.issue;
    let release = (): void => {};
    world.issuer.issue = async (id) => {
      const leaf = await issue(id);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return leaf;
    };
    await world.connect('web');
    const late = release;
    world.issuer.issue = issue;
    await desk.change({ issuing: '2' });
    late();
    await world.settle();
    expect(world.plane.trustStandings().find(({ proxy }) => proxy === 'shop/web')?.runs).toBe('2');
  });

  test('connections from before are ended by another chain of the inbound listener, and nothing else changes', async () => {
    const { world, desk } = await open();
    const web = await world.connect('web');
    web.take();
    await desk.change({ cycle: 1 });
    expect(web.take()).toEqual({ listener: ['inbound'] });
    const inbound = web.held.of('listener').get('inbound');
    expect(JSON.stringify(inbound === undefined ? '' : decodeResource(inbound))).toContain('"cycle":1');
    expect(world.plane.trustStandings().find(({ proxy }) => proxy === 'shop/web')?.cycled).toBe(true);
  });

  test('who may have a certificate is known after a restart, until that has ended or its workload was ended in order', async () => {
    const kept = new Map<ProxyId, Held>();
    const holdings = {
      load: () => kept,
      save: async (proxy: ProxyId, held: Held | undefined) => void (held === undefined ? kept.delete(proxy) : kept.set(proxy, held)),
    };
    const world = await openWorld({ documents: SHOP, holdings });
    await world.connect('web');
    await world.connect('checkout-1', { app: 'checkout' });
    const next = await openWorld({ documents: [], clock: world.clock, holdings });
    const away = () => next.plane.trustStandings().map(({ proxy, registered, holds }) => [proxy, registered, Object.keys(holds)]);
    expect(away()).toEqual([
      ['shop/checkout-1', false, ['1']],
      ['shop/web', false, ['1']],
    ]);
    next.plane.proxyLeft('shop/web' as ProxyId);
    expect(away()).toEqual([['shop/checkout-1', false, ['1']]]);
    await world.clock.advance(25 * HOUR);
    expect([away(), kept.size]).toEqual([[], 0]);
  });
});

describe('when the clock is set', () => {
  test.each([24, 48])('%i h ahead, every certificate is another one within 30 s', async (hours) => {
    const { world } = await open();
    const web = await world.connect('web', { lifeMs: 100 * HOUR });
    const before = versionOf(web.held);
    await world.clock.advance(1000);
    world.clock.setNow(world.clock.now() + hours * HOUR);
    await world.clock.advance(30_000);
    expect(versionOf(web.held)).not.toBe(before);
  });

  test('an hour back, certificates that do not hold yet are others within 30 s; a few seconds back nothing is sent', async () => {
    const { world } = await open();
    const web = await world.connect('web', { lifeMs: 100 * HOUR });
    const before = versionOf(web.held);
    await world.clock.advance(60_000);
    world.clock.setNow(world.clock.now() - 50_000);
    await world.clock.advance(31_000);
    expect(versionOf(web.held)).toBe(before);
    world.clock.setNow(world.clock.now() - HOUR);
    await world.clock.advance(31_000);
    expect(versionOf(web.held)).not.toBe(before);
  });
});
