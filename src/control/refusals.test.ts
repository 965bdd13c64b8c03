import { describe, expect, test } from 'vitest';
import { openWorld, route, service, workload } from '../../test/kit/control-world.ts';
import type { Resource } from '../envoy/index.ts';
import type { DocumentKey } from '../model/index.ts';

const SHOP = [service('web'), service('checkout'), workload('web', 'web'), workload('web-2', 'web'), workload('checkout-1', 'checkout')];
const KEY = 'gateway.networking.k8s.io/HTTPRoute/shop/checkout' as DocumentKey;
const good = [{ name: 'one', backendRefs: [{ name: 'checkout', port: 80 }] }];
const regex = (value: string): readonly unknown[] => [{ ...good[0], matches: [{ path: { type: 'RegularExpression', value } }] }];
const text = (resource: Resource | undefined): string => Buffer.concat(resource?.body ?? []).toString('latin1');
const TABLE = 'checkout.shop.mesh:80';
const words = `Proto constraint validation failed (RegexMatcherValidationError.Regex: missing ]: (): route_config { name: "${TABLE}" }`;
/** As Envoy would: it refuses what has BAD in it. */
const refuses = (resource: Resource): string | undefined => (text(resource).includes('BAD') ? words : undefined);

describe('a document that Envoy refuses', () => {
  test('is put aside for everyone, also for a proxy that starts later, and its status has the words', async () => {
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', good)] });
    const web = await world.connect('web', { refuses });
    await world.clock.advance(2000);
    const accepted = text(web.held.of('routes').get(TABLE));
    world.source.put(route('checkout', 'checkout', regex('/BAD(')));
    await world.settle();
    expect(world.quarantine.get(KEY)).toMatchObject({
      proxy: 'shop/web',
      words: 'Proto constraint validation failed (RegexMatcherValidationError.Regex: missing ]: ()',
    });
    const later = await world.connect('web-2', { app: 'web', refuses });
    expect(text(later.held.of('routes').get(TABLE))).toBe(accepted);
    expect(text(web.held.of('routes').get(TABLE))).toBe(accepted);
    await world.clock.advance(2000);
    expect(world.statuses.get(KEY)).toMatchObject({
      parents: [
        {
          controllerName: 'weft.dev/controller',
          conditions: [
            { type: 'Accepted', status: 'True' },
            { type: 'ResolvedRefs', status: 'True' },
            { type: 'Programmed', status: 'False', reason: 'Invalid', message: expect.stringContaining('missing ]'), observedGeneration: 2 },
          ],
        },
      ],
    });
    expect(world.plane.proxies().map(({ id, sync }) => [id, sync])).toEqual([
      ['shop/checkout-1', 'disconnected'],
      ['shop/web', 'refused'], // shown until the document changes
      ['shop/web-2', 'in sync'],
    ]);
  });

  test('other changes to the same service still arrive, and its next content sets it free', async () => {
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', good)] });
    const web = await world.connect('web', { refuses });
    world.source.put(route('checkout', 'checkout', regex('/BAD(')));
    await world.settle();
    world.source.put(route('second', 'checkout', regex('/second')));
    await world.settle();
    await world.clock.advance(200);
    expect(text(web.held.of('routes').get(TABLE))).toContain('/second');
    world.source.put(route('checkout', 'checkout', regex('/good')));
    await world.settle();
    await world.clock.advance(500);
    expect(text(web.held.of('routes').get(TABLE))).toContain('/good');
    expect(world.quarantine.size).toBe(0);
    await world.clock.advance(20_000);
    expect(JSON.stringify(world.statuses.get(KEY))).toContain('1 of 1 proxies run it');
  });

  test('is left out when it never was accepted, and stays out after a restart', async () => {
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', regex('/BAD('))] });
    const web = await world.connect('web', { refuses });
    expect(text(web.held.of('routes').get(TABLE))).not.toContain('BAD');
    expect(web.held.of('routes').has(TABLE)).toBe(true);
    expect(world.quarantine.get(KEY)?.lastGood).toBeNull();
    const after = await world.restart();
    let refused = 0;
    await after.connect('web-2', {
      app: 'web',
      refuses: (resource) => {
        const said = refuses(resource);
        if (said !== undefined) refused++;
        return said;
      },
    });
    expect(refused).toBe(0);
  });

  test('an innocent suspect is set free again', async () => {
    const world = await openWorld({ documents: [...SHOP, route('a', 'checkout', good), route('b', 'checkout', regex('/b'))] });
    const web = await world.connect('web', { refuses });
    // Both change at once, and only one is bad; the other is the likelier one by name, since it sorts first among equals.
    world.source.put(route('b', 'checkout', regex('/BAD(')), route('a', 'checkout', regex('/fine')));
    await world.settle();
    await world.clock.advance(500);
    expect([...world.quarantine.keys()]).toEqual(['gateway.networking.k8s.io/HTTPRoute/shop/b']);
    expect(text(web.held.of('routes').get(TABLE))).toContain('/fine');
  });

  test('Envoy naming a document makes it the first suspect', async () => {
    const world = await openWorld({ documents: [...SHOP, route('a', 'checkout', good), route('b', 'checkout', regex('/b'))] });
    const put: string[] = [];
    await world.connect('web', { refuses: (resource) => (text(resource).includes('BAD') ? 'bad regex in route shop/b/one' : undefined) });
    world.source.put(route('b', 'checkout', regex('/BAD(')), route('a', 'checkout', regex('/fine')));
    await world.settle();
    for (const { message, details } of world.logged) if (message.includes('put aside')) put.push(String(details['document']));
    expect(put).toEqual(['gateway.networking.k8s.io/HTTPRoute/shop/b']);
  });

  test('without anybody to blame the last accepted bytes stay, for proxies that start later too', async () => {
    const world = await openWorld({ documents: SHOP });
    let strict = false;
    const moody = (resource: Resource): string | undefined =>
      strict && resource.type === 'endpoints' && resource.name.includes('checkout') && text(resource).includes('127.0.0.2') ? 'no' : undefined;
    const web = await world.connect('web', { refuses: moody });
    const accepted = text(web.held.of('endpoints').get('outbound|80||checkout.shop.mesh'));
    strict = true;
    world.source.put(workload('checkout-2', 'checkout', { address: '127.0.0.2' }));
    await world.settle();
    const later = await world.connect('web-2', { app: 'web' });
    expect(text(later.held.of('endpoints').get('outbound|80||checkout.shop.mesh'))).toBe(accepted);
    expect(world.logged.some(({ level, message }) => level === 'error' && message.includes('no document can be blamed'))).toBe(true);
    world.source.put(workload('checkout-2', 'checkout', { address: '127.0.0.3' }));
    await world.settle();
    await world.clock.advance(200);
    expect(text(later.held.of('endpoints').get('outbound|80||checkout.shop.mesh'))).toContain('127.0.0.3');
  });

  test('a resource that was held back is sent after all when another proxy turns out to run it', async () => {
    const world = await openWorld({ documents: SHOP });
    const name = 'outbound|80||checkout.shop.mesh';
    const slow = await world.connect('web-2', { app: 'web' });
    await world.connect('web', { refuses: (resource) => (resource.name === name && text(resource).includes('127.0.0.2') ? 'no' : undefined) });
    slow.pause();
    world.source.put(workload('checkout-2', 'checkout', { address: '127.0.0.2' }));
    await world.settle();
    slow.resume();
    await world.settle();
    expect(text(slow.held.of('endpoints').get(name))).toContain('127.0.0.2');
  });

  test('a proxy that refuses what others run is shown, and nobody else is bothered', async () => {
    const world = await openWorld({ documents: [...SHOP, route('checkout', 'checkout', good)] });
    const web = await world.connect('web');
    const odd = await world.connect('web-2', { app: 'web', refuses: (resource) => (resource.name === TABLE ? 'not my taste' : undefined) });
    world.source.put(route('checkout', 'checkout', regex('/new')));
    await world.settle();
    await world.clock.advance(20_000);
    expect(text(web.held.of('routes').get(TABLE))).toContain('/new');
    expect(odd.over).toBeUndefined();
    expect(world.quarantine.size).toBe(0);
    expect(JSON.stringify(world.statuses.get(KEY))).toContain('1 of 2 proxies run it; 1 refused: not my taste');
  });

  test('a listener that cannot be bound is the machine’s trouble: the workload stays in the mesh', async () => {
    const world = await openWorld({ documents: SHOP });
    const web = await world.connect('web', {
      refuses: (resource) =>
        resource.type === 'listener' && resource.name === 'inbound' ? "cannot bind '127.0.0.1:20080': Address already in use" : undefined,
    });
    await world.settle();
    expect(web.over).toBeUndefined();
    expect(world.plane.mesh.workloads.has('shop/web')).toBe(true);
    const view = world.plane.proxies().find((one) => one.id === 'shop/web');
    expect(view).toMatchObject({ sync: 'refused', refusals: [{ resource: 'listener inbound', words: expect.stringContaining('Address already in use') }] });
  });
});
