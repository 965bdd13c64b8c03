import { describe, expect, test } from 'vitest';
import type { AdsClient } from '../../test/kit/ads-client.ts';
import { document, openWorld, service, workload } from '../../test/kit/control-world.ts';
import type { DocumentKey } from '../model/index.ts';
import { betweenOf } from './tls-steps.ts';

const policy = (spec: object, name = 'checkout') => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'MutualTLSPolicy',
  metadata: { name, namespace: 'shop' },
  spec: { targetRefs: [{ kind: 'Service', name: 'checkout' }], ...spec },
});
const KEY = 'weft.dev/MutualTLSPolicy/shop/checkout' as DocumentKey;
const SHOP = [service('web'), service('checkout'), workload('web', 'web'), workload('checkout-1', 'checkout')];

const holds = (client: AdsClient, type: 'listener' | 'cluster', name: string, word: string): boolean =>
  Buffer.concat(client.held.of(type).get(name)?.body ?? [])
    .toString('latin1')
    .includes(word);
const letsIn = (callee: AdsClient): boolean => holds(callee, 'listener', 'inbound', 'plaintext:8080');
const sends = (caller: AdsClient): boolean => holds(caller, 'cluster', 'outbound|80||checkout.shop.mesh', 'raw_buffer');

async function world() {
  const opened = await openWorld({ documents: SHOP });
  const caller = await opened.connect('web');
  const callee = await opened.connect('checkout-1', { app: 'checkout' });
  await opened.settle();
  return { ...opened, caller, callee };
}

describe('from mutual TLS to plaintext', () => {
  test('nobody sends plaintext before it is let in', async () => {
    const { source, settle, caller, callee } = await world();
    callee.pause();
    source.put(policy({ mode: 'Disabled' }));
    await settle();
    expect(sends(caller)).toBe(false);
    callee.resume();
    await settle();
    expect([letsIn(callee), sends(caller)]).toEqual([true, true]);
  });

  test('it is let in until nobody sends it, and no longer', async () => {
    const { source, settle, caller, callee } = await world();
    source.put(policy({ mode: 'Disabled' }));
    await settle();
    caller.pause();
    source.put(policy({ mode: 'Strict' }));
    await settle();
    expect([letsIn(callee), sends(caller)]).toEqual([true, true]);
    caller.resume();
    await settle();
    expect([letsIn(callee), sends(caller)]).toEqual([false, false]);
  });

  test('a proxy that does not answer keeps nobody from being strict', async () => {
    const { source, settle, clock, caller, callee } = await world();
    source.put(policy({ mode: 'Disabled' }));
    await settle();
    caller.pause();
    source.delete(KEY);
    await settle();
    expect(letsIn(callee)).toBe(true);
    await clock.advance(10_000);
    await settle();
    expect(letsIn(callee)).toBe(false);
  });

  test('what is written while one change is on its way counts in the end', async () => {
    const { source, settle, caller, callee } = await world();
    callee.pause();
    source.put(policy({ mode: 'Disabled' }));
    await settle();
    source.put(policy({ mode: 'Strict' }));
    await settle();
    callee.resume();
    await settle();
    expect([letsIn(callee), sends(caller)]).toEqual([false, false]);
  });
});

describe('what stands between', () => {
  const between = (before: object | undefined, after: object | undefined) =>
    betweenOf(before && document(policy(before)), after && document(policy(after)))?.spec;

  test('nothing where one may follow the other at once', () => {
    expect(between({ mode: 'Strict' }, { mode: 'Permissive' })).toBeUndefined();
    expect(between({ mode: 'Disabled' }, { mode: 'Permissive' })).toBeUndefined();
    expect(between({ mode: 'Permissive' }, { mode: 'Disabled' })).toBeUndefined();
    expect(between(undefined, undefined)).toBeUndefined();
  });

  test('both, for what jumps and for nothing else', () => {
    const ports = [
      { port: 1, mode: 'Disabled' },
      { port: 2, mode: 'Strict' },
    ];
    expect(between({ mode: 'Strict', ports }, { mode: 'Strict', ports: [{ port: 2, mode: 'Strict' }] })).toMatchObject({
      mode: 'Strict',
      ports: [
        { port: 1, mode: 'Permissive' },
        { port: 2, mode: 'Strict' },
      ],
    });
    expect(between({ mode: 'Disabled' }, undefined)).toMatchObject({ mode: 'Permissive' });
  });

  test('for all that either was for', () => {
    const other = [{ kind: 'Service', name: 'other' }];
    expect(between({ mode: 'Disabled' }, { mode: 'Disabled', targetRefs: other })).toMatchObject({
      mode: 'Permissive',
      targetRefs: [{ name: 'other' }, { name: 'checkout' }],
    });
  });
});
