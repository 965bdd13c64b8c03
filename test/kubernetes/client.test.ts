// The client of an API server, against a real one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WeftError } from '../../src/base/index.ts';
import { EventRecorder, KubeClient, type KubeObject, LeaderElection, Reflector, type ResourceType, TokenReviewer } from '../../src/kube/index.ts';
import { hasKubeApi, KubeApi } from '../kit/kube-api.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const EVENTS: ResourceType = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };
const LEASES: ResourceType = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true };
const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
const WIDGETS: ResourceType = { group: 'weft.test', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };

const widgets: KubeObject = {
  metadata: { name: 'widgets.weft.test' },
  spec: {
    group: 'weft.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const map = (name: string, data: Record<string, string> = {}, namespace = 'default'): KubeObject => ({ metadata: { name, namespace }, data });

/** A picture as a test sees it: values of `data.v`, and what was said of the server. */
class Picture {
  readonly held = new Map<string, string>();
  readonly syncs: boolean[] = [];
  readonly deletions: string[] = [];
  trouble: WeftError | undefined;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(client: KubeClient, type: ResourceType, namespace?: string) {
    const sink = {
      put: (key: string, object: KubeObject) => void this.held.set(key, (object['data'] as Record<string, string> | undefined)?.['v'] ?? ''),
      delete: (key: string) => {
        this.held.delete(key);
        this.deletions.push(key);
      },
      synced: (absent: boolean) => void this.syncs.push(absent),
      trouble: (problem: WeftError | undefined) => {
        this.trouble = problem;
      },
    };
    const backoff = { baseMs: 20, maxMs: 200 };
    const reflector = new Reflector({ client, type, sink, pageSize: 7, backoff, ...(namespace === undefined ? {} : { namespace }) });
    this.#running = reflector.run(this.#stop.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('the client of an API server', () => {
  let api: KubeApi;
  let client: KubeClient;

  beforeAll(async () => {
    api = await KubeApi.start();
    client = api.client;
  }, 120_000);
  afterAll(() => api[Symbol.asyncDispose]());

  const namespace = async (name: string): Promise<string> => {
    await client.create(NAMESPACES, { metadata: { name } });
    return name;
  };

  test('writes, reads, applies and deletes; refusals keep the words of the server', async () => {
    await client.create(CONFIG_MAPS, map('one', { v: '1' }));
    const read = await client.get(CONFIG_MAPS, { namespace: 'default', name: 'one' });
    expect(read?.['data']).toEqual({ v: '1' });
    const applied = await client.apply(CONFIG_MAPS, map('one', { w: '2' }), { fieldManager: 'weft' });
    expect(applied['data']).toEqual({ v: '1', w: '2' });
    // Somebody else's field is not taken in silence.
    const conflict = await client.apply(CONFIG_MAPS, map('one', { w: '3' }), { fieldManager: 'other' }).catch((error: unknown) => error);
    expect(conflict).toMatchObject({ code: 'conflict', class: { http: 409 } });
    expect((await client.apply(CONFIG_MAPS, map('one', { w: '3' }), { fieldManager: 'other', force: true }))['data']).toEqual({ v: '1', w: '3' });
    await expect(client.create(CONFIG_MAPS, map('one'))).rejects.toMatchObject({ code: 'already-exists' });
    await expect(client.replace(CONFIG_MAPS, read as KubeObject)).rejects.toMatchObject({ code: 'conflict' });
    await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'one' });
    await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'one' });
    expect(await client.get(CONFIG_MAPS, { namespace: 'default', name: 'one' })).toBeUndefined();
  });

  test('somebody without a role is refused, and a token that nobody knows is not let in', async () => {
    using nobody = new KubeClient({ ...api.config, bearer: { kind: 'token', token: 'nobody-token' } });
    await expect(nobody.get(CONFIG_MAPS, { namespace: 'default', name: 'one' })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('"nobody"'),
    });
    using forged = new KubeClient({ ...api.config, bearer: { kind: 'token', token: 'forged' } });
    await expect(forged.get(CONFIG_MAPS, { namespace: 'default', name: 'one' })).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('a server whose certificate is of nobody we trust is not talked to', async () => {
    using careful = new KubeClient({ ...api.config, insecure: false });
    await expect(careful.raw('/version')).rejects.toMatchObject({ code: 'unreachable', message: expect.stringMatching(/self.signed|unable to (verify|get)/) });
  });

  test('a picture: pages, changes, deletions', async () => {
    const at = await namespace('picture');
    for (let n = 0; n < 20; n++) await client.create(CONFIG_MAPS, map(`m${n}`, { v: String(n) }, at));
    await using picture = new Picture(client, CONFIG_MAPS, at);
    await eventually('all pages', async () => (picture.held.get('picture/m19') === '19' && picture.syncs.length === 1 ? true : undefined));
    await client.merge(CONFIG_MAPS, { namespace: at, name: 'm3' }, { data: { v: 'new' } });
    await client.delete(CONFIG_MAPS, { namespace: at, name: 'm4' });
    await eventually('both changes', async () => (picture.held.get('picture/m3') === 'new' && !picture.held.has('picture/m4') ? true : undefined));
    expect(picture.held.size).toBe(19 + (picture.held.has('picture/kube-root-ca.crt') ? 1 : 0));
  });

  test('a type that is not defined is empty until it is, and again once it is gone', async () => {
    await using picture = new Picture(client, WIDGETS);
    await eventually('empty', async () => (picture.syncs.includes(true) ? true : undefined));
    await client.create(DEFINITIONS, widgets);
    await eventually('defined', async () => (picture.syncs.includes(false) ? true : undefined));
    await client.create(WIDGETS, { metadata: { name: 'w', namespace: 'default' }, data: { v: '1' } });
    await eventually('one widget', async () => (picture.held.get('default/w') === '1' ? true : undefined));
    const status = await client.apply(
      WIDGETS,
      { metadata: { name: 'w', namespace: 'default' }, status: { fine: true } },
      { fieldManager: 'weft', subresource: 'status' },
    );
    expect(status['status']).toEqual({ fine: true });
    await client.delete(DEFINITIONS, { name: 'widgets.weft.test' });
    await eventually('none', async () => (picture.held.size === 0 ? true : undefined));
  });

  test('a server that is killed takes nothing out of the picture; what changed meanwhile appears, what went goes', async () => {
    const at = await namespace('outage');
    await client.create(CONFIG_MAPS, map('stays', { v: '1' }, at));
    await client.create(CONFIG_MAPS, map('goes', { v: '1' }, at));
    await using picture = new Picture(client, CONFIG_MAPS, at);
    await eventually('both', async () => (picture.held.has('outage/stays') && picture.held.has('outage/goes') ? true : undefined));
    await client.delete(CONFIG_MAPS, { namespace: at, name: 'goes' });
    await eventually('told', async () => (picture.deletions.includes('outage/goes') ? true : undefined));
    await api.stopApi();
    await eventually('noticed', async () => picture.trouble);
    expect(picture.trouble?.code).toBe('unreachable');
    expect([picture.held.get('outage/stays'), picture.deletions]).toEqual(['1', ['outage/goes']]);
    await api.startApi();
    await client.merge(CONFIG_MAPS, { namespace: at, name: 'stays' }, { data: { v: '2' } });
    await eventually('goes on', async () => (picture.held.get('outage/stays') === '2' ? true : undefined));
    expect([picture.trouble, picture.deletions]).toEqual([undefined, ['outage/goes']]);
  });

  test('what was watched from is compacted away: listed anew, and what went meanwhile goes', async () => {
    const at = await namespace('compacted');
    for (const name of ['stays', 'goes']) await client.create(CONFIG_MAPS, map(name, { v: '1' }, at));
    await using picture = new Picture(client, CONFIG_MAPS, at);
    await eventually('both', async () => (picture.held.has('compacted/stays') && picture.held.has('compacted/goes') ? true : undefined));
    await api.stopApi();
    // Past the server, so that no watch can tell of it.
    const { revision } = await api.etcd('kv/deleterange', { key: Buffer.from('/registry/configmaps/compacted/goes').toString('base64') });
    await api.etcd('kv/compaction', { revision, physical: true });
    await api.startApi();
    await eventually('gone', async () => (picture.held.has('compacted/goes') ? undefined : true));
    expect([picture.held.get('compacted/stays'), picture.deletions]).toEqual(['1', ['compacted/goes']]);
    expect(picture.syncs.length).toBeGreaterThan(1);
  });

  test('a hundred watches stand in no request’s way', async () => {
    const at = await namespace('watched');
    const stop = new AbortController();
    const follow = async (name: string, begun: () => void): Promise<void> => {
      const options = { namespace: at, fieldSelector: `metadata.name=${name}`, resourceVersion: '0', timeoutS: 300, signal: stop.signal };
      await client.create(CONFIG_MAPS, map(name, {}, at));
      try {
        for await (const _ of client.watch(CONFIG_MAPS, options)) begun();
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      }
    };
    const names = Array.from({ length: 100 }, (_, n) => `m${n}`);
    const following: Promise<void>[] = [];
    await Promise.all(names.map((name) => new Promise<void>((begun) => following.push(follow(name, begun)))));
    expect((await client.get(CONFIG_MAPS, { namespace: at, name: 'm7' }))?.metadata.name).toBe('m7');
    stop.abort();
    await Promise.all(following);
  });

  test('of two that want to lead one does; it gives up at once, and the other takes over', async () => {
    const times = { durationMs: 3000, renewDeadlineMs: 2000, retryMs: 100 };
    const led: string[] = [];
    const stops = { a: new AbortController(), b: new AbortController() };
    const run = (identity: 'a' | 'b') =>
      new LeaderElection({ client, namespace: 'default', name: 'weft', identity, times }).run(stops[identity].signal, async (held) => {
        led.push(`${identity} leads`);
        await new Promise<void>((resolve) => held.addEventListener('abort', () => resolve(), { once: true }));
        led.push(`${identity} ends`);
      });
    const a = run('a');
    await eventually('a leads', async () => (led.includes('a leads') ? true : undefined));
    const b = run('b');
    await eventually('b has asked', async () => ((await client.get(LEASES, { namespace: 'default', name: 'weft' })) === undefined ? undefined : true));
    stops.a.abort();
    await a;
    await eventually('b leads', async () => (led.includes('b leads') ? true : undefined));
    stops.b.abort();
    await b;
    expect(led).toEqual(['a leads', 'a ends', 'b leads', 'b ends']);
  });

  test('who holds the lease and is cut off gives up before another may take over', async () => {
    const times = { durationMs: 3000, renewDeadlineMs: 1000, retryMs: 100 };
    const stop = new AbortController();
    let held: AbortSignal | undefined;
    const running = new LeaderElection({ client, namespace: 'default', name: 'cut-off', identity: 'a', times }).run(stop.signal, async (signal) => {
      held = signal;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    });
    await eventually('leads', async () => held);
    await api.stopApi();
    await eventually('given up', async () => (held?.aborted === true ? true : undefined));
    stop.abort();
    await running;
    await api.startApi();
  });

  test('events: the same again is a higher count', async () => {
    const recorder = new EventRecorder({ client, controller: 'weft.dev/test', instance: 'a' });
    const note = {
      regarding: { type: CONFIG_MAPS, namespace: 'default', name: 'x' },
      severity: 'Warning',
      reason: 'Refused',
      action: 'Compile',
      note: 'no',
    } as const;
    expect([await recorder.record(note), await recorder.record(note), await recorder.record({ ...note, note: 'other' })]).toEqual([true, true, true]);
    const { items } = await client.page(EVENTS, { namespace: 'default' });
    const ours = items.filter((item) => item['reportingController'] === 'weft.dev/test');
    expect(ours.map((item) => [item['note'], (item['series'] as { count: number } | undefined)?.count]).sort()).toEqual([
      ['no', 2],
      ['other', undefined],
    ]);
  });

  test('a token of a service account for our audience says who it is; for another audience, or forged, nobody', async () => {
    const accounts: ResourceType = { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true };
    await client.create(accounts, { metadata: { namespace: 'default', name: 'web' } });
    const tokenFor = async (audience: string): Promise<string> => {
      const requests: ResourceType = { ...accounts, plural: 'serviceaccounts/web/token', kind: 'TokenRequest', group: '', version: 'v1' };
      const answer = await client.create(requests, {
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { namespace: 'default', name: 'web' },
        spec: { audiences: [audience] },
      });
      return (answer['status'] as { token: string }).token;
    };
    const reviewer = new TokenReviewer(client, 'weft');
    expect(await reviewer.review(await tokenFor('weft'))).toEqual({
      kind: 'account',
      account: { namespace: 'default', serviceAccount: 'web', pod: undefined },
    });
    expect(await reviewer.review(await tokenFor('somebody'))).toMatchObject({ kind: 'refused' });
    expect(await reviewer.review('forged')).toMatchObject({ kind: 'refused' });
    // A user who is no service account.
    expect(await reviewer.review('nobody-token')).toMatchObject({ kind: 'refused' });
    await api.stopApi();
    await expect(reviewer.review('another')).rejects.toMatchObject({ code: 'unreachable' });
    await api.startApi();
  });
});
