import { describe, expect, test } from 'vitest';
import { AdsClient } from '../../test/kit/ads-client.ts';
import { joinAds } from '../../test/kit/ads-transport.ts';
import { openWorld, route, scope, service, workload } from '../../test/kit/control-world.ts';

const SHOP = [
  service('web'),
  service('checkout'),
  service('payments'),
  workload('web', 'web'),
  workload('checkout-1', 'checkout'),
  workload('payments-1', 'payments'),
];
const everyone = [{ name: 'everyone', backendRefs: [{ name: 'checkout', port: 80 }] }];

describe('what goes over the wire', () => {
  test('a new proxy gets everything, with its certificate in the same burst', async () => {
    const world = await openWorld({ documents: SHOP });
    const web = await world.connect('web');
    const got = web.take();
    expect(got.cluster).toContain('outbound|80||checkout.shop.mesh');
    expect(got.endpoints).toContain('outbound|80||payments.shop.mesh');
    expect(got.listener?.length).toBeGreaterThan(0);
    expect(got.routes).toContain('checkout.shop.mesh:80');
    expect([...web.held.of('secret').keys()].sort()).toEqual(['bundle', 'callers', 'workload']);
    expect(world.issued.count).toBe(1);
    expect(world.plane.proxies().find((one) => one.id === 'shop/web')).toMatchObject({ connected: true, sync: 'in sync', envoyVersion: '1.40.0' });
  });

  test('a changed route sends one route table and nothing else', async () => {
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', everyone)] });
    const web = await world.connect('web');
    web.take();
    world.source.put(route('checkout', 'checkout', [{ ...everyone[0], timeouts: { request: '2s' } }]));
    await world.settle();
    expect(web.take()).toEqual({ routes: ['checkout.shop.mesh:80'] });
  });

  test('a changed endpoint sends one endpoint set and nothing else', async () => {
    const world = await openWorld({ documents: SHOP });
    const web = await world.connect('web');
    web.take();
    world.source.put(workload('checkout-2', 'checkout', { address: '127.0.0.2' }));
    await world.settle();
    expect(web.take()).toEqual({ endpoints: ['outbound|80||checkout.shop.mesh'] });
  });

  test('a change outside its scope sends a proxy not a byte', async () => {
    const world = await openWorld({ documents: [...SHOP, scope('web', 'web', ['checkout'])] });
    const web = await world.connect('web');
    const before = web.bytes;
    world.source.put(
      workload('payments-2', 'payments', { address: '127.0.0.3' }),
      route('payments', 'payments', [{ backendRefs: [{ name: 'payments', port: 80 }] }]),
    );
    await world.settle();
    expect(web.bytes).toBe(before);
  });

  test('a service that comes and goes', async () => {
    const world = await openWorld({ documents: SHOP });
    const web = await world.connect('web');
    web.take();
    world.source.put(service('inventory'));
    await world.settle();
    expect(web.take().cluster).toEqual(['outbound|80||inventory.shop.mesh']);
    world.source.delete('Service/shop/inventory' as never);
    await world.settle();
    await world.clock.advance(6000);
    expect(web.held.of('cluster').has('outbound|80||inventory.shop.mesh')).toBe(false);
    expect(world.plane.sizes.entries).toBe(3);
  });

  test('an unchanged proxy that reconnects gets nothing, also from a control plane that was restarted', async () => {
    const world = await openWorld({ documents: SHOP });
    const web = await world.connect('web');
    web.close();
    const again = await world.connect('web', { held: web.held });
    expect(again.resources).toBe(0);
    expect(world.issued.count).toBe(1);
    const later = await world.restart();
    const third = await later.connect('web', { held: web.held });
    expect(third.take()).toEqual({});
    expect(later.issued.count).toBe(0);
    expect(later.plane.proxies().find((one) => one.id === 'shop/web')).toMatchObject({ sync: 'in sync' });
    expect(later.plane.resources('shop/web').find((one) => one.name === 'workload')?.acknowledged).toBe(true);
  });

  test('equal scope and view share one set of maps and one compilation', async () => {
    const world = await openWorld({ documents: [...SHOP, workload('web-2', 'web'), workload('web-3', 'web')] });
    await world.connect('web');
    const { compiles } = world.plane.counters;
    await world.connect('web-2', { app: 'web' });
    await world.connect('web-3', { app: 'web' });
    expect(world.plane.counters.compiles - compiles).toBe(2);
    expect(world.plane.sizes).toMatchObject({ proxies: 3, groups: 1, entries: 3 });
  });
});

describe('streams', () => {
  test('without a token, and with one that is not valid', async () => {
    const world = await openWorld({ documents: SHOP });
    const without = new AdsClient(joinAds(world.plane.ads, undefined)).start();
    const wrong = new AdsClient(joinAds(world.plane.ads, 'shop/web~web~0')).start();
    await world.settle();
    expect(without.over).toMatchObject({ code: 16 });
    expect(wrong.over).toMatchObject({ code: 16 });
  });

  test('what the node says of itself is not believed', async () => {
    const world = await openWorld({ documents: SHOP });
    await world.connect('web', { nodeId: 'shop/payments-1' });
    expect(
      world.plane
        .proxies()
        .filter((one) => one.connected)
        .map((one) => one.id),
    ).toEqual(['shop/web']);
  });

  test('a workload that is not in the mesh is waited for a moment, then refused in words', async () => {
    const world = await openWorld({ documents: SHOP });
    const late = await world.connect('web-9', { app: 'web' });
    const never = await world.connect('web-10', { app: 'web' });
    world.source.put(workload('web-9', 'web'));
    await world.clock.advance(4000);
    expect(late.over).toBeUndefined();
    expect(late.resources).toBeGreaterThan(0);
    expect(never.over).toMatchObject({ code: 7, words: expect.stringContaining('shop/web-10 is not in the mesh') });
  });

  test('a workload that leaves ends its stream; one of another account is refused', async () => {
    const world = await openWorld({ documents: SHOP });
    const web = await world.connect('web');
    world.source.delete('weft.dev/Workload/shop/web' as never);
    await world.settle();
    expect(web.over).toMatchObject({ code: 7 });
    const thief = await world.connect('payments-1', { app: 'web' });
    await world.clock.advance(4000);
    expect(thief.over).toMatchObject({ code: 7, words: expect.stringContaining('belongs to service account shop/payments') });
    expect(world.plane.sizes).toMatchObject({ proxies: 0, groups: 0, entries: 0 });
  });

  test('a newer stream of the same proxy replaces the older one', async () => {
    const world = await openWorld({ documents: SHOP });
    const first = await world.connect('web');
    const second = await world.connect('web', { held: first.held });
    expect(first.over).toMatchObject({ code: 14 });
    expect(second.over).toBeUndefined();
    world.source.put(workload('checkout-2', 'checkout', { address: '127.0.0.2' }));
    await world.settle();
    expect(second.take().endpoints).toHaveLength(1);
  });

  test('the stream ends before its token, with OK', async () => {
    const world = await openWorld({ documents: SHOP });
    const web = await world.connect('web', { lifeMs: 120_000 });
    await world.clock.advance(109_000);
    expect(web.over).toBeUndefined();
    await world.clock.advance(2000);
    expect(web.over).toMatchObject({ code: 0 });
  });

  test('a proxy that does not read gets the newest state once it does, not the history', async () => {
    const world = await openWorld({ documents: SHOP, pace: { freeShare: 2 } });
    const transport = joinAds(world.plane.ads, `shop/web~web~${world.clock.now() + 3_600_000}`, 4);
    const web = new AdsClient(transport).start();
    await world.settle();
    transport.hold();
    web.take();
    for (let at = 2; at < 40; at++) {
      world.source.put(workload('checkout-2', 'checkout', { address: `127.0.0.${at}` }));
      await world.settle();
    }
    expect(transport.queued()).toBeLessThanOrEqual(4);
    transport.release();
    await world.settle();
    expect(web.take().endpoints?.length).toBeLessThanOrEqual(5);
    expect(Buffer.concat(web.held.of('endpoints').get('outbound|80||checkout.shop.mesh')?.body ?? []).toString('latin1')).toContain('127.0.0.39');
    expect(world.plane.proxies().find((one) => one.id === 'shop/web')?.sync).toBe('in sync');
  });

  test('a herd is admitted gradually and nobody is refused', async () => {
    const herd = Array.from({ length: 200 }, (_, at) => workload(`web-${at}`, 'web'));
    const world = await openWorld({ documents: [...SHOP, ...herd], admission: { perTurn: 10 } });
    const clients = herd.map((_, at) => new AdsClient(joinAds(world.plane.ads, `shop/web-${at}~web~${world.clock.now() + 3_600_000}`)).start());
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.plane.sizes.waiting).toBe(200);
    for (let turn = 0; turn < 40; turn++) await world.clock.advance(0);
    expect(clients.every((client) => client.over === undefined && client.held.of('routes').size > 0)).toBe(true);
    expect(world.plane.proxies().filter((one) => one.sync === 'in sync')).toHaveLength(200);
  });
});

describe('certificates', () => {
  test('renewed at half life, and nothing else is sent', async () => {
    const world = await openWorld({ documents: SHOP, leafMs: 600_000 });
    const web = await world.connect('web');
    web.take();
    await world.clock.advance(299_000);
    expect(web.take()).toEqual({});
    await world.clock.advance(2000);
    expect(web.take()).toEqual({ secret: ['workload'] });
    expect(world.issued.count).toBe(2);
  });

  test('a machine that slept renews as soon as it wakes', async () => {
    const world = await openWorld({ documents: SHOP });
    const web = await world.connect('web', { lifeMs: 48 * 3_600_000 });
    web.take();
    world.clock.setNow(world.clock.now() + 13 * 3_600_000);
    await world.clock.advance(30_000);
    expect(web.take()).toEqual({ secret: ['workload'] });
  });

  test('a held certificate is renewed at its own time', async () => {
    const world = await openWorld({ documents: SHOP, leafMs: 600_000 });
    const first = await world.connect('web');
    first.close();
    await world.clock.advance(200_000);
    const again = await world.connect('web', { held: first.held });
    expect(again.resources).toBe(0);
    await world.clock.advance(101_000);
    expect(again.take()).toEqual({ secret: ['workload'] });
  });
});
