// A cluster that takes its time: what sends to it comes after it is acknowledged, or after the bounded wait, and nothing else is held up.
import { expect, test } from 'vitest';
import { request } from '../../test/kit/resources.ts';
import { makeResource, type Resource, RouteConfigurationSchema, type Version } from '../envoy/index.ts';
import { EMPTY_SNAPSHOT, type Input, openSubscription, resourceSet, type Snapshot, standing, step } from './index.ts';

const hash = (pieces: readonly Uint8Array[]): Version => pieces.map((piece) => Buffer.from(piece).toString('hex')).join('') as Version;

function cluster(name: string, slowToWarm: boolean): Resource {
  return makeResource({ type: 'cluster', name, pieces: [new TextEncoder().encode(name)], origins: [], hash, slowToWarm });
}

function table(name: string, to: string): Resource {
  const action = { case: 'route' as const, value: { clusterSpecifier: { case: 'cluster' as const, value: to } } };
  const init = { name, virtualHosts: [{ name, domains: ['*'], routes: [{ match: { pathSpecifier: { case: 'prefix' as const, value: '/' } }, action }] }] };
  return makeResource({ type: 'routes', name, desc: RouteConfigurationSchema, init, origins: [], hash });
}

const snapshotOf = (clusters: readonly Resource[], routes: readonly Resource[]): Snapshot => ({
  ...EMPTY_SNAPSHOT,
  cluster: resourceSet(clusters),
  routes: resourceSet(routes),
});

/** A stream that has `old` and routes to it; `feed` says what is sent, and remembers what is not acknowledged. */
function stream() {
  let subscription = openSubscription();
  const nonces: { type: Resource['type']; nonce: string }[] = [];
  const feed = (input: Input): readonly string[] => {
    const { subscription: next, outputs } = step(subscription, input);
    subscription = next;
    return outputs.flatMap((output) => {
      if (output.kind !== 'send') return [];
      nonces.push(output.response);
      return [...output.response.resources.map((each) => `${each.type} ${each.name}`), ...output.response.removed.map((name) => `-${name}`)];
    });
  };
  const publish = (snapshot: Snapshot): readonly string[] => feed({ kind: 'snapshot', snapshot, touched: 'all' });
  const reply = (type: Resource['type']): readonly string[] => {
    const [found] = nonces.splice(
      nonces.findIndex((each) => each.type === type),
      1,
    );
    return feed({ kind: 'request', request: request(type, { nonce: found?.nonce ?? '' }) });
  };
  publish(snapshotOf([cluster('old', false)], [table('a', 'old'), table('b', 'old')]));
  feed({ kind: 'request', request: request('cluster') });
  feed({ kind: 'request', request: request('routes', { subscribe: ['a', 'b'] }) });
  reply('cluster');
  reply('routes');
  expect(standing(subscription).pending).toBe(0);
  return { publish, reply, elapse: () => feed({ kind: 'elapsed', now: 0 }) };
}

const MOVED = (slow: boolean): Snapshot => snapshotOf([cluster('new', slow)], [table('a', 'new'), table('b', 'new')]);

test('a cluster that is warm at once travels with its routes', () => {
  expect(stream().publish(MOVED(false))).toEqual(['cluster new', 'routes a', 'routes b']);
});

test('routes to a slow one wait for its acknowledgement; the old one goes when they are acknowledged', () => {
  const { publish, reply } = stream();
  expect(publish(MOVED(true))).toEqual(['cluster new']);
  expect(reply('cluster')).toEqual(['routes a', 'routes b']);
  expect(reply('routes')).toEqual(['-old']);
});

test('routes that send elsewhere are not held up', () => {
  const { publish } = stream();
  expect(publish(snapshotOf([cluster('old', false), cluster('other', false), cluster('new', true)], [table('a', 'other'), table('b', 'new')]))).toEqual([
    'cluster other',
    'cluster new',
    'routes a',
  ]);
});

test('one that is never warm holds up its routes only for the bounded wait', () => {
  const { publish, elapse } = stream();
  publish(MOVED(true));
  expect(elapse()).toEqual(['routes a', 'routes b']);
});
