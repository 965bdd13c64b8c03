import { describe, expect, test } from 'vitest';
import { openWorld, route, scope, service, workload } from '../../test/kit/control-world.ts';
import type { DocumentKey } from '../model/index.ts';
import { CORE } from './index.ts';

const SHOP = [service('web'), service('checkout'), workload('web', 'web'), workload('checkout-1', 'checkout')];
const good = [{ name: 'one', backendRefs: [{ name: 'checkout', port: 80 }] }];
const CHECKOUT = 'Service/shop/checkout' as DocumentKey;

describe('what must not end it', () => {
  test('a source that fails is opened again, and what went missing meanwhile is deleted', async () => {
    const world = await openWorld({ documents: [...SHOP, service('old')] });
    const web = await world.connect('web');
    web.take();
    world.source.documents.delete('Service/shop/old' as DocumentKey);
    world.source.fail();
    await world.settle();
    world.source.preset(workload('checkout-2', 'checkout', { address: '127.0.0.2' }));
    await world.clock.advance(7000);
    expect(world.source.opened).toBe(2);
    expect(web.over).toBeUndefined();
    expect(web.held.of('cluster').has('outbound|80||old.shop.mesh')).toBe(false);
    expect(web.take().endpoints).toEqual(['outbound|80||checkout.shop.mesh']);
  });

  test('an exception of the core names the document, costs only that, and everything else goes on', async () => {
    const compiler = {
      ...CORE,
      emitService: (...[plan, hash, parts]: Parameters<typeof CORE.emitService>) => {
        if (plan.ports.some((port) => port.routes.some((one) => one.match.path.value === '/boom'))) throw new Error('boom');
        return CORE.emitService(plan, hash, parts);
      },
    };
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', good)], compiler });
    const web = await world.connect('web');
    world.source.put(route('checkout', 'checkout', [{ ...good[0], matches: [{ path: { type: 'PathPrefix', value: '/boom' } }] }]));
    world.source.put(workload('checkout-2', 'checkout', { address: '127.0.0.2' }));
    await world.settle();
    await world.clock.advance(3000);
    expect(web.take().endpoints).toContain('outbound|80||checkout.shop.mesh');
    const key = 'gateway.networking.k8s.io/HTTPRoute/shop/checkout' as DocumentKey;
    expect(world.plane.questions.diagnosticsOf(key)).toMatchObject([{ code: 'WEFT1504', message: expect.stringContaining('boom') }]);
    expect(JSON.stringify(world.statuses.get(key))).toContain('"status":"False","reason":"Invalid"');
    world.source.put(route('checkout', 'checkout', [{ ...good[0], matches: [{ path: { type: 'PathPrefix', value: '/fine' } }] }]));
    await world.settle();
    await world.clock.advance(3000);
    expect(world.plane.questions.diagnosticsOf(key)).toEqual([]);
    expect(web.take().routes).toEqual(['checkout.shop.mesh:80']);
  });

  test('a resource that points at nothing is held back while its last accepted form can stand in', async () => {
    let lose = false;
    const compiler = {
      ...CORE,
      emitService: (...[plan, hash, parts]: Parameters<typeof CORE.emitService>) => {
        const emitted = CORE.emitService(plan, hash, parts);
        return { ...emitted, resources: emitted.resources.filter((one) => !(lose && one.type === 'cluster' && one.name.includes('|v2.'))) };
      },
    };
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', good)], compiler });
    const web = await world.connect('web');
    web.take();
    lose = true;
    const toV2 = [{ name: 'one', backendRefs: [{ name: 'v2', port: 80 }] }];
    world.source.put(service('v2'));
    world.source.put(route('checkout', 'checkout', toV2));
    await world.settle();
    expect(web.take().routes).not.toContain('checkout.shop.mesh:80');
    expect(world.logged.filter(({ message }) => message.includes('points at one that is not there'))).toHaveLength(2);
    expect(world.plane.questions.diagnosticsOf('gateway.networking.k8s.io/HTTPRoute/shop/checkout' as DocumentKey)).toMatchObject([{ code: 'WEFT1503' }]);
    lose = false;
    world.source.put(service('v2', { ports: [{ name: 'http', port: 80, targetPort: 8081, appProtocol: 'http' }] }));
    await world.settle();
    expect(web.take().routes).toContain('checkout.shop.mesh:80');
    expect(world.plane.questions.diagnosticsOf('gateway.networking.k8s.io/HTTPRoute/shop/checkout' as DocumentKey)).toEqual([]);
  });

  test('an issuer that is down: the proxy waits for its certificate and gets it', async () => {
    const world = await openWorld({ documents: SHOP });
    const { issue } = world.issuer;
    world.issuer.issue = () => Promise.reject(new Error('the key is sealed'));
    const web = await world.connect('web');
    expect(web.held.of('secret').has('workload')).toBe(false);
    expect(web.held.of('cluster').size).toBeGreaterThan(0);
    world.issuer.issue = issue;
    await world.clock.advance(2000);
    expect(web.held.of('secret').has('workload')).toBe(true);
  });

  test('a slow status sink is waited for, and gets the newest', async () => {
    const seen: string[] = [];
    let finish = (): void => {};
    const statusSink = {
      write: (batch: readonly { readonly key: DocumentKey; readonly status: unknown }[]) => {
        for (const { key, status } of batch) if (key === CHECKOUT) seen.push(JSON.stringify(status));
        return new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    };
    const world = await openWorld({ documents: SHOP, statusSink });
    await world.clock.advance(10);
    expect(seen).toHaveLength(1);
    world.source.put(service('checkout', { selector: {} }));
    await world.settle();
    await world.clock.advance(5000);
    expect(seen).toHaveLength(1);
    finish();
    await world.settle();
    await world.clock.advance(1000);
    expect(seen).toHaveLength(2);
    expect(seen[1]).toContain('WEFT1311');
  });
});

describe('statuses', () => {
  test('the first at once, each at most once per batch, and nothing twice', async () => {
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', good)] });
    await world.settle();
    await world.clock.advance(10); // a push goes before
    expect(world.statuses.has(CHECKOUT)).toBe(true);
    await world.connect('web');
    await world.clock.advance(5000);
    // Another proxy was registered before the start, so how many run it is not said yet.
    expect(JSON.stringify(world.statuses.get(CHECKOUT))).not.toContain('Programmed');
    await world.clock.advance(15_000);
    expect(JSON.stringify(world.statuses.get(CHECKOUT))).toContain('1 of 1 proxies run it');
    const writes = world.writes.length;
    await world.clock.advance(60_000);
    expect(world.writes.length).toBe(writes);
  });

  test('after a restart unchanged statuses are not written again, also while proxies are still on their way', async () => {
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', good)] });
    const web = await world.connect('web');
    const checkout = await world.connect('checkout-1', { app: 'checkout' });
    await world.clock.advance(5000);
    const later = await world.restart();
    await later.clock.advance(3000);
    await later.connect('web', { held: web.held });
    await later.connect('checkout-1', { app: 'checkout', held: checkout.held });
    await later.clock.advance(20_000);
    expect(later.writes).toEqual([]);
  });

  test('a reference that leads nowhere, in the words of Gateway API, until it leads somewhere', async () => {
    const key = 'gateway.networking.k8s.io/HTTPRoute/shop/checkout' as DocumentKey;
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', [{ backendRefs: [{ name: 'ghost', port: 80 }] }])] });
    await world.clock.advance(500);
    const before = JSON.stringify(world.statuses.get(key));
    expect(before).toContain('"status":"False","reason":"BackendNotFound"');
    world.source.put(service('ghost'));
    await world.settle();
    await world.clock.advance(2000);
    expect(JSON.stringify(world.statuses.get(key))).toContain('"type":"ResolvedRefs","status":"True"');
  });
});

describe('who has seen an endpoint drain', () => {
  test('counts the proxies that acknowledged it', async () => {
    const key = 'weft.dev/Workload/shop/checkout-1' as DocumentKey;
    const world = await openWorld({ documents: [...SHOP, workload('web-2', 'web')] });
    const web = await world.connect('web');
    await world.connect('web-2', { app: 'web' });
    expect(world.plane.seen(key, 1)).toEqual({ seen: 2, total: 2 });
    web.pause();
    world.source.put(workload('checkout-1', 'checkout', { state: 'Draining' }));
    await world.settle();
    expect(world.plane.seen(key, 2)).toEqual({ seen: 1, total: 2 });
    web.resume();
    await world.settle();
    expect(world.plane.seen(key, 2)).toEqual({ seen: 2, total: 2 });
  });
});

describe('the price of a change', () => {
  const cost = async (services: number): Promise<Record<string, number>> => {
    const many = Array.from({ length: services }, (_, at) => [service(`s${at}`), workload(`s${at}-1`, `s${at}`)]).flat();
    const world = await openWorld({
      documents: [
        ...many,
        service('web'),
        workload('web', 'web'),
        scope(
          'web',
          'web',
          Array.from({ length: 10 }, (_, at) => `s${at}`),
        ),
      ],
    });
    await world.connect('web');
    const before = { ...world.plane.counters };
    world.source.put(workload('s3-2', 's3', { address: '127.0.0.2' }));
    await world.settle();
    const { compiles, encodes, bytesSent, resourcesSent, pushes } = world.plane.counters;
    return {
      compiles: compiles - before.compiles,
      encodes: encodes - before.encodes,
      bytes: bytesSent - before.bytesSent,
      resources: resourcesSent - before.resourcesSent,
      pushes: pushes - before.pushes,
    };
  };

  test('of an endpoint is the same among 100 services and among 2,000', async () => {
    const small = await cost(100);
    expect(small).toMatchObject({ encodes: 1, resources: 1, pushes: 1 });
    expect(await cost(2000)).toEqual(small);
  });
});
