import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ModelEnvoy, payloadOf } from '../../test/kit/model-envoy.ts';
import { RESOURCE_TYPES, type Resource, type ResourceName, type ResourceType, type Version } from '../envoy/index.ts';
import { type DeltaResponse, EMPTY_SNAPSHOT, openSubscription, resourceSet, type Snapshot, standing, step } from './index.ts';

const encoder = new TextEncoder();

function resource(type: ResourceType, name: string, salt: number, payload: object = {}): Resource {
  const body = JSON.stringify({ salt, ...payload });
  return { type, name: name as ResourceName, version: `${body.length}:${body}` as Version, body: [encoder.encode(body)], origins: [] };
}

interface ServiceDraw {
  readonly present: boolean;
  readonly cluster: number;
  readonly endpoints: number;
  readonly routes: number;
  readonly target: number;
}

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const service = fc.record<ServiceDraw>({ present: fc.boolean(), cluster: fc.nat(2), endpoints: fc.nat(2), routes: fc.nat(2), target: fc.nat(4) });
const drawnMesh = fc.record({ services: fc.array(service, { minLength: 5, maxLength: 5 }), secret: fc.nat(2), split: fc.boolean() });
type MeshDraw = typeof drawnMesh extends fc.Arbitrary<infer T> ? T : never;

/** A snapshot without dangling references: a route sends to its own cluster and perhaps to another that is there. */
function snapshotOf({ services, secret, split }: MeshDraw): Snapshot {
  const there = NAMES.filter((_, i) => services[i]?.present);
  const cluster: Resource[] = [];
  const endpoints: Resource[] = [];
  const routes: Resource[] = [];
  for (const name of there) {
    const drawn = services[NAMES.indexOf(name)] as ServiceDraw;
    cluster.push(resource('cluster', name, drawn.cluster, { secrets: ['workload'] }));
    endpoints.push(resource('endpoints', name, drawn.endpoints));
    routes.push(resource('routes', `${name}:80`, drawn.routes, { clusters: [...new Set([name, there[drawn.target % there.length] as string])] }));
  }
  const tables = there.map((name) => `${name}:80`);
  const listeners = split
    ? [resource('listener', 'outbound', 0, { routes: tables.slice(0, 2) }), resource('listener', 'other', 0, { routes: tables.slice(2) })]
    : [resource('listener', 'outbound', 0, { routes: tables })];
  return {
    ...EMPTY_SNAPSHOT,
    cluster: resourceSet(cluster),
    endpoints: resourceSet(endpoints),
    routes: resourceSet(routes),
    listener: resourceSet(listeners),
    secret: resourceSet([resource('secret', 'workload', secret)]),
  };
}

function touchedBetween(before: Snapshot, after: Snapshot): Record<ResourceType, Set<string>> {
  const touched = Object.fromEntries(RESOURCE_TYPES.map((type) => [type, new Set<string>()])) as Record<ResourceType, Set<string>>;
  for (const type of RESOURCE_TYPES) {
    for (const name of [...before[type].names(), ...after[type].names()])
      if (before[type].get(name)?.version !== after[type].get(name)?.version) touched[type].add(name);
  }
  return touched;
}

/** One proxy and the control plane's side of its stream, with a channel in each direction that the test empties as it likes. */
class Harness {
  readonly client: ModelEnvoy;
  readonly refused: Resource[] = [];
  readonly sent: DeltaResponse[] = [];
  #subscription = openSubscription();
  #inbox: DeltaResponse[] = [];
  #snapshot: Snapshot = EMPTY_SNAPSHOT;
  #pushed: Snapshot | undefined;
  #refusedHere = new Map<string, string>();
  #wakes = 0;

  constructor(refuses: (resource: Resource) => boolean = () => false) {
    this.client = new ModelEnvoy(refuses);
  }

  connect(): void {
    this.#subscription = openSubscription();
    this.#inbox = [];
    this.#wakes = 0;
    this.#pushed = undefined;
    this.#refusedHere = new Map();
    this.client.connect();
  }

  publish(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
  }

  /** The stream can be written to: it gets the newest snapshot. */
  push(): void {
    if (this.#pushed === this.#snapshot) return;
    const touched = this.#pushed === undefined ? 'all' : touchedBetween(this.#pushed, this.#snapshot);
    this.#pushed = this.#snapshot;
    this.#take(step(this.#subscription, { kind: 'snapshot', snapshot: this.#snapshot, touched }));
  }

  toClient(): boolean {
    const response = this.#inbox.shift();
    if (response === undefined) return false;
    this.client.receive(response);
    if (response.type === 'endpoints') this.client.warm(response.resources.map(({ name }) => name));
    return true;
  }

  toServer(): boolean {
    const request = this.client.outbox.shift();
    if (request === undefined) return false;
    this.#take(step(this.#subscription, { kind: 'request', request }));
    return true;
  }

  wake(): boolean {
    if (this.#wakes === 0) return false;
    this.#wakes--;
    this.#take(step(this.#subscription, { kind: 'elapsed', now: 0 }));
    return true;
  }

  #take({ subscription, outputs }: ReturnType<typeof step>): void {
    this.#subscription = subscription;
    for (const output of outputs) {
      if (output.kind === 'wake') this.#wakes++;
      if (output.kind === 'send') this.#send(output.response);
      if (output.kind === 'refused') {
        const { type, name, version } = output.resource;
        this.#refusedHere.set(`${type} ${name}`, version);
        this.refused.push(
          ...this.sent.flatMap(({ resources }) => resources).filter((one) => one.type === type && one.name === name && one.version === version),
        );
      }
    }
    expect(this.#wakes).toBeLessThanOrEqual(1);
  }

  #send(response: DeltaResponse): void {
    for (const { type, name, version } of response.resources) {
      expect(this.#refusedHere.get(`${type} ${name}`)).not.toBe(version);
      this.#refusedHere.delete(`${type} ${name}`);
    }
    this.sent.push(response);
    this.#inbox.push(response);
  }

  /** Everything arrives. The wait for acknowledgements runs out only when nothing else can happen. */
  settle(): void {
    this.push();
    for (let i = 0; i < 2_000; i++) if (!this.toServer() && !this.toClient() && !this.wake() && !this.client.expire()) return;
    throw new Error('client and server talk for ever');
  }

  standing(): ReturnType<typeof standing> {
    return standing(this.#subscription);
  }

  expectConverged(): void {
    expect(this.standing()).toEqual({ pending: 0, refused: [] });
    expect([...this.client.warming.keys()]).toEqual([]);
    for (const type of ['cluster', 'endpoints', 'listener', 'routes'] as const) {
      const has = Object.fromEntries([...this.client.has(type)].map(([name, { version }]) => [name, version]).sort());
      const should = Object.fromEntries([...this.#snapshot[type].names()].map((name) => [name, this.#snapshot[type].get(name)?.version]).sort());
      expect({ [type]: has }).toEqual({ [type]: should });
    }
    for (const [name, { version }] of this.client.has('secret')) expect(version).toBe(this.#snapshot.secret.get(name)?.version);
  }
}

const action = fc.oneof(
  { weight: 3, arbitrary: drawnMesh.map((mesh) => ({ kind: 'publish' as const, mesh })) },
  { weight: 3, arbitrary: fc.constant({ kind: 'push' as const }) },
  { weight: 8, arbitrary: fc.nat(6).map((count) => ({ kind: 'toClient' as const, count })) },
  { weight: 8, arbitrary: fc.nat(6).map((count) => ({ kind: 'toServer' as const, count })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'connect' as const }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function run(harness: Harness, actions: readonly Action[]): void {
  harness.connect();
  for (const one of actions) {
    if (one.kind === 'publish') harness.publish(snapshotOf(one.mesh));
    else if (one.kind === 'toClient' || one.kind === 'toServer') for (let i = 0; i < one.count; i++) harness[one.kind]();
    else harness[one.kind]();
  }
}

const actions = fc.array(action, { minLength: 5, maxLength: 60 });

test('any interleaving of publish, subscribe, ack and reconnect converges, without a timeout of the proxy and without a failed request', () => {
  fc.assert(
    fc.property(actions, drawnMesh, (story, last) => {
      const harness = new Harness();
      run(harness, story);
      harness.publish(snapshotOf(last));
      harness.settle();
      harness.expectConverged();
      expect(harness.client.broken).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

const badOnes = fc.uniqueArray(
  fc.record({ type: fc.constantFrom<ResourceType>('cluster', 'endpoints', 'routes', 'secret'), name: fc.constantFrom(...NAMES), salt: fc.nat(2) }),
  {
    maxLength: 4,
    selector: ({ type, name, salt }) => `${type} ${name} ${salt}`,
  },
);

test('what is refused is found one by one, not sent again until it changes, and replaced then', () => {
  fc.assert(
    fc.property(actions, drawnMesh, drawnMesh, badOnes, (story, next, last, bad) => {
      const isBad = (type: ResourceType, name: string, salt: number): boolean =>
        bad.some((one) => one.type === type && salt === one.salt && (type === 'secret' || name === one.name || name === `${one.name}:80`));
      const refuses = (resource: Resource): boolean => isBad(resource.type, resource.name, payloadOf(resource).salt ?? -1);
      const harness = new Harness(refuses);
      run(harness, story);
      harness.publish(snapshotOf(next));
      harness.settle();
      for (const resource of harness.refused) expect(refuses(resource)).toBe(true);
      const good = snapshotOf({ ...last, services: last.services.map((one) => ({ ...one, cluster: 7, endpoints: 7, routes: 7 })), secret: 7 });
      harness.publish(good);
      harness.settle();
      harness.expectConverged();
    }),
    { numRuns: 400 },
  );
});

test('the same story has the same bytes', () => {
  fc.assert(
    fc.property(actions, (story) => {
      const [one, two] = [new Harness(), new Harness()];
      run(one, story);
      run(two, story);
      expect(one.sent).toEqual(two.sent);
    }),
    { numRuns: 60 },
  );
});

test('an unchanged reconnect sends no resource', () => {
  fc.assert(
    fc.property(drawnMesh, (mesh) => {
      const harness = new Harness();
      harness.publish(snapshotOf(mesh));
      harness.connect();
      harness.settle();
      harness.sent.length = 0;
      harness.connect();
      harness.settle();
      expect(harness.sent.flatMap(({ resources, removed }) => [...resources, ...removed])).toEqual([]);
      harness.expectConverged();
    }),
    { numRuns: 100 },
  );
});

/** With one listener and a cluster that is always there, nothing is asked for that was asked for before. */
const steady = (mesh: MeshDraw): MeshDraw => ({
  ...mesh,
  split: false,
  services: mesh.services.map((one, i) => ({ ...one, present: i === 0 || one.present })),
});

test('what is sent after a change is what changed, with the endpoints of changed clusters and nothing else', () => {
  fc.assert(
    fc.property(drawnMesh, drawnMesh, (before, after) => {
      const harness = new Harness();
      const [old, next] = [before, after].map(steady).map(snapshotOf) as [Snapshot, Snapshot];
      harness.publish(old);
      harness.connect();
      harness.settle();
      harness.sent.length = 0;
      harness.publish(next);
      harness.settle();
      const touched = touchedBetween(old, next);
      for (const { type, resources, removed } of harness.sent) {
        for (const { name } of resources) expect(touched[type].has(name) || (type === 'endpoints' && touched.cluster.has(name)), `${type} ${name}`).toBe(true);
        for (const name of removed) expect(next[type].get(name), `${type} ${name}`).toBeUndefined();
      }
      harness.expectConverged();
    }),
    { numRuns: 200 },
  );
});

test('a snapshot that changes nothing sends nothing', () => {
  fc.assert(
    fc.property(drawnMesh, (mesh) => {
      const harness = new Harness();
      harness.publish(snapshotOf(mesh));
      harness.connect();
      harness.settle();
      harness.sent.length = 0;
      harness.publish(snapshotOf(mesh));
      harness.settle();
      expect(harness.sent).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
