import { describe, expect, test } from 'vitest';
import { openWorld, service, workload } from '../../test/kit/control-world.ts';
import type { Resource } from '../envoy/index.ts';
import type { DocumentKey } from '../model/index.ts';
import type { EnvoyChecker } from './index.ts';

const SHOP = [service('web'), service('checkout'), workload('web', 'web'), workload('web-2', 'web'), workload('checkout-1', 'checkout')];
const KEY = 'weft.dev/ProxyPatch/shop/p' as DocumentKey;
const TABLE = 'checkout.shop.mesh:80';
const text = (resource: Resource | undefined): string => Buffer.concat(resource?.body ?? []).toString('latin1');

function patch(header: string, more: object = {}): Record<string, unknown> {
  const value = [{ header: { key: header, value: 'x' } }];
  const patches = [{ resource: { type: 'routes', name: TABLE }, operations: [{ op: 'add', path: '/virtual_hosts/0/response_headers_to_add', value }] }];
  return {
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'ProxyPatch',
    metadata: { name: 'p', namespace: 'shop' },
    spec: { selector: { app: 'web' }, patches, ...more },
  };
}

/** Answers when the test says so. */
class Envoy implements EnvoyChecker {
  asked: string[] = [];
  #answers: (() => void)[] = [];

  check(config: unknown): ReturnType<EnvoyChecker['check']> {
    const words = JSON.stringify(config);
    this.asked.push(words);
    return new Promise((resolve) => {
      this.#answers.push(() => resolve(words.includes('BAD') ? { kind: 'refused', words: 'BAD is bad' } : { kind: 'passed' }));
    });
  }

  answer(): void {
    for (const each of this.#answers.splice(0)) each();
  }
}

describe('a patch', () => {
  test('reaches only the proxies it is for, and only when Envoy has said yes; nothing else waits', async () => {
    const checker = new Envoy();
    const world = await openWorld({ documents: SHOP, checker });
    const [web, checkout] = [await world.connect('web'), await world.connect('checkout-1', { app: 'checkout' })];
    const bare = text(web.held.of('routes').get(TABLE));
    world.source.put(patch('x-one'));
    await world.settle();
    expect(checker.asked).toHaveLength(1);
    expect(text(web.held.of('routes').get(TABLE))).toBe(bare);
    world.source.put(service('other'));
    await world.settle();
    expect(web.held.of('routes').has('other.shop.mesh:80')).toBe(true);
    checker.answer();
    await world.settle();
    expect(text(web.held.of('routes').get(TABLE))).toContain('x-one');
    expect(text(checkout.held.of('routes').get(TABLE))).toBe(bare);
    const second = await world.connect('web-2', { app: 'web' });
    expect(text(second.held.of('routes').get(TABLE))).toContain('x-one');
    expect(checker.asked).toHaveLength(1);
  });

  test('keeps its last content in force while the next one is checked, and for good when that is refused', async () => {
    const checker = new Envoy();
    const world = await openWorld({ documents: [...SHOP, patch('x-one')], checker });
    const web = await world.connect('web');
    checker.answer();
    await world.settle();
    world.source.put(patch('x-BAD'));
    await world.settle();
    expect(text(web.held.of('routes').get(TABLE))).toContain('x-one');
    checker.answer();
    await world.settle();
    await world.clock.advance(2000);
    expect(text(web.held.of('routes').get(TABLE))).toContain('x-one');
    expect(JSON.stringify(world.statuses.get(KEY))).toContain('BAD is bad; proxies run its last accepted version');
    expect(world.plane.counters.refusals).toBe(0);
    world.source.put(patch('x-three'));
    await world.settle();
    checker.answer();
    await world.settle();
    expect(text(web.held.of('routes').get(TABLE))).toContain('x-three');
    expect(world.quarantine.size).toBe(0);
  });

  test('is there at once after a restart', async () => {
    const passed = new Map<DocumentKey, readonly string[]>();
    const checker = new Envoy();
    const first = await openWorld({ documents: [...SHOP, patch('x-one')], checker, passed });
    await first.connect('web');
    checker.answer();
    await first.settle();
    expect(passed.get(KEY)).toHaveLength(1);
    const again = await openWorld({ source: first.source, checker: new Envoy(), passed });
    const web = await again.connect('web');
    expect(text(web.held.of('routes').get(TABLE))).toContain('x-one');
  });

  test('says what it does not find, and that nobody could check it', async () => {
    const world = await openWorld({ documents: [...SHOP, patch('x-one')] });
    const web = await world.connect('web');
    await world.settle();
    expect(text(web.held.of('routes').get(TABLE))).toContain('x-one');
    await world.clock.advance(20_000);
    expect(JSON.stringify(world.statuses.get(KEY))).toContain('WEFT1867');
    expect(JSON.stringify(world.statuses.get(KEY))).toContain('1 of 1 proxies run it');
    const remove = { resource: { type: 'routes', name: TABLE }, operations: [{ op: 'remove', path: '/nothing' }] };
    const nobody = { resource: { type: 'cluster', name: 'nobody' }, operations: [{ op: 'remove', path: '/name' }] };
    world.source.put(patch('', { patches: [remove, nobody] }));
    await world.settle();
    const codes = world.plane.questions.diagnosticsOf(KEY).map(({ code, at }) => `${code} ${at.path}`);
    expect(codes).toContain('WEFT1861 spec.patches[0].operations[0]');
    expect(codes).toContain('WEFT1865 spec.patches[1].resource');
    expect(text(web.held.of('routes').get(TABLE))).not.toContain('x-one');
    world.source.delete(KEY);
    await world.settle();
    expect(world.plane.questions.diagnosticsOf(KEY)).toEqual([]);
  });
});
