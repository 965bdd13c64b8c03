// The rules of the delta protocol, one test each, numbered as in the notes on Envoy that they come from.
import { describe, expect, test } from 'vitest';
import { request, resource, snapshot } from '../../test/kit/resources.ts';
import { adsSource, ClusterSchema, makeResource, named, type Resource, type ResourceType, UpstreamTlsContextSchema, type Version } from '../envoy/index.ts';
import {
  type DeltaRequest,
  EMPTY_SNAPSHOT,
  type Input,
  type Output,
  openSubscription,
  resourceSet,
  type Snapshot,
  type Subscription,
  standing,
  step,
  type Touched,
} from './index.ts';

/** A stream under test: `say` and `publish` return what is sent in short, `type: name@version, -removed`. */
class Stream {
  subscription: Subscription = openSubscription();
  outputs: readonly Output[] = [];
  readonly nonces: { readonly type: ResourceType; readonly nonce: string }[] = [];

  #feed(input: Input): string[] {
    const { subscription, outputs } = step(this.subscription, input);
    this.subscription = subscription;
    this.outputs = outputs;
    return outputs.flatMap((output) => {
      if (output.kind !== 'send') return [];
      const { type, nonce, resources, removed } = output.response;
      this.nonces.push({ type, nonce });
      return [`${type}: ${[...resources.map(({ name, version }) => `${name}@${version}`), ...removed.map((name) => `-${name}`)].join(' ')}`.trim()];
    });
  }

  publish(next: Snapshot, touched: Touched = 'all'): string[] {
    return this.#feed({ kind: 'snapshot', snapshot: next, touched });
  }

  say(type: ResourceType, more?: Parameters<typeof request>[1]): string[] {
    return this.#feed({ kind: 'request', request: request(type, more) });
  }

  elapse(): string[] {
    return this.#feed({ kind: 'elapsed', now: 0 });
  }

  /** Answers the oldest response of a type that is not answered yet. */
  reply(type: ResourceType, error?: string, more: Partial<DeltaRequest> = {}): string[] {
    const at = this.nonces.findIndex((one) => one.type === type);
    const [found] = this.nonces.splice(at, 1);
    if (at < 0 || found === undefined) throw new Error(`no ${type} in flight`);
    const { initialVersions: _, ...rest } = more;
    return this.say(type, { nonce: found.nonce, ...(error === undefined ? {} : { error: { code: 13, message: error } }), ...rest });
  }

  replyAll(): void {
    while (this.nonces.length > 0) this.reply(this.nonces[0]?.type ?? 'cluster');
  }

  of<K extends Output['kind']>(kind: K): readonly Extract<Output, { kind: K }>[] {
    return this.outputs.filter((output): output is Extract<Output, { kind: K }> => output.kind === kind);
  }
}

/** A cluster whose TLS context names a secret. */
function clusterWith(name: string, secret: string): Resource {
  const commonTlsContext = { tlsCertificateSdsSecretConfigs: [{ name: secret, sdsConfig: adsSource() }] };
  const init = { name, transportSocket: named('envoy.transport_sockets.tls', UpstreamTlsContextSchema, { commonTlsContext }) };
  return makeResource({ type: 'cluster', name, desc: ClusterSchema, init, origins: [], hash: () => '1' as Version });
}

/** A stream on which everything was asked for, answered and acknowledged. */
function settled(content: Parameters<typeof snapshot>[0]): Stream {
  const stream = new Stream();
  stream.publish(snapshot(content));
  stream.say('cluster');
  for (const type of ['endpoints', 'secret', 'routes', 'extension'] as const) stream.say(type, { subscribe: Object.keys(content[type] ?? {}) });
  stream.say('listener');
  stream.replyAll();
  expect(standing(stream.subscription)).toEqual({ pending: 0, refused: [] });
  return stream;
}

describe('subscribing', () => {
  test('1: types are independent of each other', () => {
    const stream = new Stream();
    stream.publish(snapshot({ cluster: { a: '1' }, routes: { a: '1', b: '1' } }));
    expect(stream.say('routes', { subscribe: ['a'] })).toEqual(['routes: a@1']);
    expect(stream.say('cluster')).toEqual(['cluster: a@1']);
    expect(stream.say('routes', { subscribe: ['b'] })).toEqual(['routes: b@1']);
  });

  test('2: a first request for clusters or listeners that names nothing means everything; for others it means nothing', () => {
    const stream = new Stream();
    stream.publish(snapshot({ cluster: { a: '1', b: '1' }, listener: { l: '1' }, routes: { r: '1' } }));
    expect(stream.say('cluster')).toEqual(['cluster: a@1 b@1']);
    expect(stream.say('listener')).toEqual(['listener: l@1']);
    expect(stream.say('routes')).toEqual(['routes:']);
  });

  test('2: an empty list after a named subscription is no wildcard, "*" is, and ends when it is unsubscribed', () => {
    const stream = new Stream();
    stream.publish(snapshot({ cluster: { a: '1', b: '1' } }));
    expect(stream.say('cluster', { subscribe: ['a'] })).toEqual(['cluster: a@1']);
    expect(stream.say('cluster')).toEqual([]);
    expect(stream.say('cluster', { subscribe: ['*'] })).toEqual(['cluster: b@1']);
    expect(stream.publish(snapshot({ cluster: { a: '1', b: '2' } }))).toEqual(['cluster: b@2']);
    expect(stream.say('cluster', { unsubscribe: ['*'] })).toEqual([]);
    expect(stream.publish(snapshot({ cluster: { a: '2', b: '3' } }))).toEqual(['cluster: a@2']);
  });

  test('3: a name that is subscribed again is answered although it was sent', () => {
    const stream = settled({ cluster: { a: '1' }, endpoints: { a: '1' } });
    expect(stream.say('endpoints', { subscribe: ['a'] })).toEqual(['endpoints: a@1']);
  });

  test('4: what does not exist is told as removed, remembered, and sent when it appears', () => {
    const stream = settled({ secret: {} });
    expect(stream.say('secret', { subscribe: ['late'] })).toEqual(['secret: -late']);
    expect(stream.publish(snapshot({ secret: { late: '1' } }))).toEqual(['secret: late@1']);
  });

  test('4, 11: endpoints and routes that do not exist are answered with empty ones, which Envoy understands', () => {
    const stream = settled({});
    expect(stream.say('endpoints', { subscribe: ['gone'] })).toEqual(['endpoints: gone@absent']);
    expect(stream.say('routes', { subscribe: ['gone:80'] })).toEqual(['routes: gone:80@absent']);
    expect(stream.publish(snapshot({ endpoints: { gone: '1' } }))).toEqual(['endpoints: gone@1']);
  });

  test('5: unsubscribing needs no answer, and nothing more is sent', () => {
    const stream = settled({ routes: { a: '1' } });
    expect(stream.say('routes', { unsubscribe: ['a'] })).toEqual([]);
    expect(stream.publish(snapshot({ routes: { a: '2' } }))).toEqual([]);
  });

  test('5: unsubscribing a name that a wildcard still covers is answered', () => {
    const stream = settled({ cluster: { a: '1' } });
    stream.say('cluster', { subscribe: ['a'] });
    expect(stream.say('cluster', { unsubscribe: ['a'] })).toEqual(['cluster: a@1']);
  });

  test('6: every response has its own nonce, and a stale one does not void the change that comes with it', () => {
    const stream = settled({ routes: { a: '1', b: '1' } });
    expect(stream.say('routes', { nonce: 'long gone', subscribe: ['a'] })).toEqual(['routes: a@1']);
    expect(stream.say('routes', { nonce: 'long gone', error: { code: 13, message: 'no' }, unsubscribe: ['b'] })).toEqual([]);
    expect(stream.publish(snapshot({ routes: { a: '1', b: '2' } }))).toEqual([]);
    const nonces = stream.nonces.map(({ nonce }) => nonce);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  test('7: a name asked for twice is answered once', () => {
    const stream = settled({ routes: { a: '1' } });
    expect(stream.say('routes', { subscribe: ['a', 'a'] })).toEqual(['routes: a@1']);
  });

  test('requests that come before there is a snapshot are answered with it', () => {
    const stream = new Stream();
    expect(stream.say('cluster', { initial: { a: '1', old: '1' } })).toEqual([]);
    expect(stream.say('endpoints', { subscribe: ['a'], initial: { a: '1' } })).toEqual([]);
    expect(stream.publish(snapshot({ cluster: { a: '2' }, endpoints: { a: '1' } }))).toEqual(['cluster: a@2', 'endpoints: a@1', 'endpoints:']);
  });

  test('a type that is not served is left alone', () => {
    expect(step(openSubscription(), { kind: 'request', request: { ...request('cluster'), type: undefined as never } }).outputs).toEqual([]);
  });
});

describe('acknowledging', () => {
  test('an acknowledgement says what the proxy has now', () => {
    const stream = new Stream();
    stream.publish(snapshot({ cluster: { a: '1' } }));
    stream.say('cluster');
    expect(standing(stream.subscription).pending).toBe(1);
    stream.reply('cluster');
    expect(stream.of('acked')).toEqual([{ kind: 'acked', resources: [{ type: 'cluster', name: 'a', version: '1' }] }]);
    expect(standing(stream.subscription).pending).toBe(0);
  });

  test('8: a refused single resource is named, in the words of the proxy, and its version is not sent again', () => {
    const stream = settled({ routes: { a: '1', b: '1' } });
    stream.publish(snapshot({ routes: { a: '2', b: '1' } }));
    expect(stream.reply('routes', 'bad regex')).toEqual([]);
    expect(stream.of('refused')).toEqual([{ kind: 'refused', resource: { type: 'routes', name: 'a', version: '2' }, words: 'bad regex' }]);
    expect(standing(stream.subscription).refused).toEqual([{ type: 'routes', name: 'a', version: '2' }]);
    expect(stream.publish(snapshot({ routes: { a: '2', b: '2' } }))).toEqual(['routes: b@2']);
    expect(stream.publish(snapshot({ routes: { a: '3', b: '2' } }))).toEqual(['routes: a@3']);
    expect(standing(stream.subscription).refused).toEqual([]);
  });

  test('8: after a refusal everything in the response is sent again, one by one, never two at a time, the suspect first', () => {
    const stream = settled({ routes: { a: '1', b: '1', c: '1' } });
    stream.publish(snapshot({ routes: { a: '2', b: '2', c: '2' } }));
    expect(stream.reply('routes', 'no such thing in c')).toEqual(['routes: c@2']);
    expect(stream.publish(snapshot({ routes: { a: '2', b: '3', c: '2' } }))).toEqual([]);
    expect(stream.reply('routes', 'no such thing')).toEqual(['routes: a@2']);
    expect(stream.of('refused').map(({ resource }) => resource.name)).toEqual(['c']);
    expect(stream.reply('routes')).toEqual(['routes: b@3']);
    expect(stream.reply('routes')).toEqual([]);
    expect(stream.publish(snapshot({ routes: { a: '3', b: '4', c: '2' } }))).toEqual(['routes: a@3 b@4']);
  });

  test('8: after one by one the newest snapshot is sent', () => {
    const stream = settled({ routes: { a: '1', b: '1', c: '1' } });
    stream.publish(snapshot({ routes: { a: '2', b: '2', c: '1' } }));
    expect(stream.reply('routes', 'no')).toEqual(['routes: a@2']);
    expect(stream.publish(snapshot({ routes: { a: '3', b: '2', c: '2' } }))).toEqual([]);
    expect(stream.reply('routes', 'no')).toEqual(['routes: b@2']);
    expect(stream.reply('routes')).toEqual(['routes: a@3 c@2']);
  });

  test('8: one by one, a cluster is followed by its endpoints, or it would warm for ever', () => {
    const stream = settled({ cluster: { a: '1', b: '1' }, endpoints: { a: '1', b: '1' } });
    stream.publish(snapshot({ cluster: { a: '2', b: '2' }, endpoints: { a: '1', b: '1' } }));
    stream.reply('endpoints');
    expect(stream.reply('cluster', 'no')).toEqual(['cluster: a@2', 'endpoints: a@1']);
  });

  test('names asked for while resources go one by one wait in the same queue', () => {
    const stream = settled({ routes: { a: '1', b: '1', c: '1' } });
    stream.publish(snapshot({ routes: { a: '2', b: '2', c: '1' } }));
    expect(stream.reply('routes', 'no')).toEqual(['routes: a@2']);
    expect(stream.say('routes', { subscribe: ['c'] })).toEqual([]);
    expect(stream.say('routes', { subscribe: ['missing:80'] })).toEqual(['routes: missing:80@absent']);
    stream.nonces.pop();
    expect(stream.reply('routes')).toEqual([]);
    stream.nonces.push({ type: 'routes', nonce: stream.subscription.inFlight[0]?.nonce ?? '' });
    expect(stream.reply('routes')).toEqual(['routes: b@2']);
    expect(stream.reply('routes')).toEqual(['routes: c@1']);
  });

  test('a refused removal alone is not told for ever', () => {
    const stream = settled({ cluster: { a: '1' }, listener: {} });
    expect(stream.publish(snapshot({}))).toEqual(['cluster: -a']);
    expect(stream.reply('cluster', 'no')).toEqual([]);
  });
});

describe('reconnecting', () => {
  const content = {
    cluster: { a: '1', b: '1' },
    endpoints: { a: '1', b: '1' },
    secret: { workload: '1' },
    listener: { l: '1' },
    routes: { 'a:80': '1' },
  } as const;

  function reconnected(next: Parameters<typeof snapshot>[0]): Stream {
    const stream = new Stream();
    stream.publish(snapshot(next));
    return stream;
  }

  test('9, 10: every first request is answered, and what the proxy has is left out and counts as acknowledged', () => {
    const stream = reconnected(content);
    expect(stream.say('cluster', { initial: content.cluster })).toEqual(['cluster:']);
    expect(stream.of('acked')[0]?.resources.length).toBe(2);
    expect(stream.say('endpoints', { subscribe: ['a', 'b'], initial: content.endpoints })).toEqual(['endpoints:']);
    expect(stream.say('listener', { initial: content.listener })).toEqual(['listener:']);
    expect(stream.say('routes', { subscribe: ['a:80'], initial: content.routes })).toEqual(['routes:']);
    expect(stream.say('secret', { subscribe: ['workload'], initial: content.secret })).toEqual(['secret:']);
  });

  test('10: endpoints asked for before clusters are answered in full, because a cluster is warming; secrets too', () => {
    const stream = reconnected(content);
    expect(stream.say('endpoints', { subscribe: ['a', 'b'], initial: { a: '1' } })).toEqual(['endpoints: a@1 b@1']);
    expect(stream.say('secret', { subscribe: ['workload'], initial: content.secret })).toEqual(['secret: workload@1']);
    expect(stream.say('cluster', { initial: content.cluster })).toEqual(['cluster:']);
  });

  test('10: listeners and routes of a proxy whose clusters are not known yet wait for them', () => {
    const stream = reconnected({ ...content, cluster: { a: '1', b: '1', new: '1' }, endpoints: { a: '1', b: '1', new: '1' }, routes: { 'a:80': '2' } });
    expect(stream.say('endpoints', { subscribe: ['a', 'b'], initial: { a: '1' } })).toEqual(['endpoints: a@1 b@1']);
    expect(stream.say('routes', { subscribe: ['a:80'], initial: content.routes })).toEqual([]);
    expect(stream.say('cluster', { initial: content.cluster })).toEqual(['cluster: new@1', 'endpoints: new@1', 'routes: a:80@2']);
  });

  test('a client that asks for routes first and endpoints last is not held up', () => {
    const stream = reconnected(content);
    expect(stream.say('listener', { subscribe: ['l'] })).toEqual(['listener: l@1']);
    expect(stream.say('routes', { subscribe: ['a:80'] })).toEqual(['routes: a:80@1']);
    expect(stream.say('cluster', { subscribe: ['a'] })).toEqual(['cluster: a@1']);
    expect(stream.say('endpoints', { subscribe: ['a'] })).toEqual(['endpoints: a@1']);
  });

  test('11: a cluster that changed meanwhile gets its endpoints again although they are the same, a new one before it asks', () => {
    const stream = reconnected({ ...content, cluster: { a: '2', b: '1', c: '1' }, endpoints: { ...content.endpoints, c: '1' } });
    expect(stream.say('cluster', { initial: content.cluster })).toEqual(['cluster: a@2 c@1']);
    expect(stream.say('endpoints', { subscribe: ['a', 'b'], initial: content.endpoints })).toEqual(['endpoints: c@1 a@1']);
  });

  test('9: what vanished meanwhile is told: listeners at once, clusters when listeners and routes are acknowledged', () => {
    const stream = reconnected({ ...content, cluster: { a: '1' }, endpoints: { a: '1' }, listener: {} });
    expect(stream.say('cluster', { initial: content.cluster })).toEqual(['cluster:']);
    expect(stream.of('wake')).toEqual([{ kind: 'wake', afterMs: 5000 }]);
    expect(stream.say('endpoints', { subscribe: ['a', 'b'], initial: content.endpoints })).toEqual(['endpoints:']);
    expect(stream.say('listener', { initial: content.listener })).toEqual(['listener: -l']);
    expect(stream.say('routes', { subscribe: ['a:80'], initial: content.routes })).toEqual(['routes:']);
    expect(stream.reply('cluster')).toEqual([]);
    expect(stream.reply('routes')).toEqual([]);
    expect(stream.reply('listener')).toEqual(['cluster: -b']);
  });

  test('9: a client that never asks for listeners is told of removed clusters after the wait', () => {
    const stream = reconnected({ cluster: { a: '1' } });
    stream.say('cluster', { initial: content.cluster });
    expect(stream.elapse()).toEqual(['cluster: -b']);
  });
});

describe('pushing', () => {
  const before = {
    cluster: { a: '1', b: '1' },
    endpoints: { a: '1', b: '1' },
    secret: { workload: '1' },
    listener: { l: '1' },
    routes: { 'a:80': '1' },
    extension: { x: '1' },
  } as const;

  test('12: one burst: clusters, their endpoints unasked, secrets, listeners, routes, extensions', () => {
    const stream = settled(before);
    const after = {
      cluster: { a: '2', b: '1', c: '1' },
      endpoints: { a: '1', b: '1', c: '1' },
      secret: { workload: '2' },
      listener: { l: '2' },
      routes: { 'a:80': '2' },
      extension: { x: '2' },
    };
    expect(stream.publish(snapshot(after))).toEqual([
      'cluster: a@2 c@1',
      'endpoints: a@1 c@1',
      'secret: workload@2',
      'listener: l@2',
      'routes: a:80@2',
      'extension: x@2',
    ]);
  });

  test('11: endpoints of a new cluster go out although no endpoints were asked for on this stream', () => {
    const stream = new Stream();
    stream.publish(EMPTY_SNAPSHOT);
    stream.say('cluster');
    expect(stream.publish(snapshot({ cluster: { a: '1' }, endpoints: { a: '1' } }))).toEqual(['cluster: a@1', 'endpoints: a@1']);
    expect(stream.say('endpoints', { subscribe: ['a'] })).toEqual(['endpoints: a@1']);
  });

  test('a secret that is new comes unasked with the new cluster that names it', () => {
    const stream = settled(before);
    const after = { ...before, endpoints: { ...before.endpoints, c: '1' }, secret: { workload: '1', other: '1', unused: '1' } };
    const next = snapshot(after);
    const clusters = [...next.cluster.names()].flatMap((name) => next.cluster.get(name) ?? []);
    expect(stream.publish({ ...next, cluster: resourceSet([...clusters, clusterWith('c', 'other')]) })).toEqual([
      'cluster: c@1',
      'endpoints: c@1',
      'secret: other@1',
    ]);
  });

  test('only names that may differ are looked at', () => {
    const stream = settled(before);
    const after = snapshot({ ...before, routes: { 'a:80': '2' }, cluster: { a: '2', b: '1' } });
    expect(stream.publish(after, { routes: new Set(['a:80']) })).toEqual(['routes: a:80@2']);
  });

  test('12: removals come when clusters, listeners and routes of the burst are acknowledged, users before what they use', () => {
    const stream = settled(before);
    const after = { ...before, cluster: { a: '2' }, endpoints: { a: '1' }, listener: { m: '1' }, routes: { 'a:80': '2' } };
    expect(stream.publish(snapshot(after))).toEqual(['cluster: a@2', 'endpoints: a@1', 'listener: m@1', 'routes: a:80@2']);
    expect(stream.of('wake')).toEqual([{ kind: 'wake', afterMs: 5000 }]);
    expect(stream.reply('listener')).toEqual([]);
    expect(stream.reply('routes')).toEqual([]);
    expect(stream.reply('cluster')).toEqual(['listener: -l', 'cluster: -b']);
  });

  test('12: a proxy that is silent (its clusters warm for ever) is taken as agreeing after the wait', () => {
    const stream = settled(before);
    stream.publish(snapshot({ ...before, cluster: { a: '2' }, endpoints: { a: '1' } }));
    expect(stream.elapse()).toEqual(['cluster: -b']);
    expect(stream.elapse()).toEqual([]);
  });

  test('what is added to the removals during the wait gets one more, but only one', () => {
    const stream = settled({ cluster: { a: '1', b: '1', c: '1', d: '1' } });
    stream.publish(snapshot({ cluster: { a: '2', b: '1', c: '1' } }));
    stream.publish(snapshot({ cluster: { a: '3', b: '1' } }));
    expect(stream.elapse()).toEqual([]);
    expect(stream.of('wake')).toEqual([{ kind: 'wake', afterMs: 5000 }]);
    stream.publish(snapshot({ cluster: { a: '4' } }));
    expect(stream.elapse()).toEqual(['cluster: -b -c -d']);
  });

  test('a cluster stays while a refused route table may still need it', () => {
    const stream = settled(before);
    stream.publish(snapshot({ ...before, cluster: { a: '1' }, endpoints: { a: '1' }, routes: { 'a:80': '2' } }));
    expect(stream.reply('routes', 'no')).toEqual([]);
    expect(stream.elapse()).toEqual([]);
    expect(stream.publish(snapshot({ ...before, cluster: { a: '1' }, endpoints: { a: '1' }, routes: { 'a:80': '3' } }))).toEqual(['routes: a:80@3']);
    expect(stream.reply('routes')).toEqual(['cluster: -b']);
  });

  test('what comes back before it was removed is not removed', () => {
    const stream = settled(before);
    expect(stream.publish(snapshot({ ...before, cluster: { a: '2' }, endpoints: { a: '1' } }))).toEqual(['cluster: a@2', 'endpoints: a@1']);
    expect(stream.publish(snapshot({ ...before, cluster: { a: '2', b: '1' } }))).toEqual([]);
    expect(stream.reply('cluster')).toEqual([]);
    expect(stream.reply('endpoints')).toEqual([]);
    expect(standing(stream.subscription).pending).toBe(0);
  });

  test('nothing waits for the acknowledgement of clusters', () => {
    const stream = settled(before);
    stream.publish(snapshot({ ...before, cluster: { a: '2', b: '1' } }));
    expect(stream.publish(snapshot({ ...before, cluster: { a: '3', b: '1' }, routes: { 'a:80': '2' } }))).toEqual([
      'cluster: a@3',
      'endpoints: a@1',
      'routes: a:80@2',
    ]);
  });

  test('15: large answers are split', () => {
    const stream = new Stream();
    const big = ['a', 'b', 'c'].map((name) => resource('routes', name, '1', 3 << 20));
    stream.publish({ ...EMPTY_SNAPSHOT, routes: resourceSet(big) });
    expect(stream.say('routes', { subscribe: ['a', 'b', 'c'] })).toEqual(['routes: a@1', 'routes: b@1', 'routes: c@1']);
    expect(standing(stream.subscription).pending).toBe(3);
  });

  test('a client that never acknowledges costs a bounded amount, and its acknowledgement speaks for all', () => {
    const stream = settled({ routes: { a: '0' } });
    for (let version = 1; version <= 1000; version++) stream.publish(snapshot({ routes: { a: `${version}` } }));
    expect(stream.subscription.inFlight.length).toBeLessThanOrEqual(256);
    expect(stream.subscription.inFlight[0]?.resources.length).toBe(1);
    while (stream.nonces.length > 0) stream.reply('routes');
    expect(standing(stream.subscription).pending).toBe(0);
  });

  test('a step leaves the subscription it was given as it was', () => {
    const stream = settled(before);
    const kept = stream.subscription;
    const shown = JSON.stringify([...kept.types.routes.held]);
    stream.publish(snapshot({ ...before, routes: { 'a:80': '2' } }));
    expect(JSON.stringify([...kept.types.routes.held])).toBe(shown);
    expect(step(kept, { kind: 'snapshot', snapshot: snapshot(before), touched: 'all' }).outputs).toEqual([]);
  });
});
