// A client of the delta protocol that behaves as stock Envoy was measured to: it holds back the acknowledgement of clusters while
// any of them warms, asks for no endpoints again when a cluster changes, ignores removals of endpoints, routes and secrets, and
// applies a random part of a response that it refuses. It stands in for the timing of Envoy in property tests; real Envoy is
// tested elsewhere.
import type { Resource, ResourceType } from '../../src/envoy/index.ts';
import type { DeltaRequest, DeltaResponse } from '../../src/xds/index.ts';

/** What a test's resource says, as JSON in its body. */
export interface Payload {
  readonly salt?: number;
  readonly routes?: readonly string[];
  readonly clusters?: readonly string[];
  readonly secrets?: readonly string[];
}

/** `absent` is the machine's own answer for a name that does not exist: an empty Envoy message. */
export function payloadOf(resource: Resource): Payload {
  if ((resource.version as string) === 'absent') return {};
  return JSON.parse(new TextDecoder().decode(Buffer.concat(resource.body))) as Payload;
}

const ORDER: readonly ResourceType[] = ['cluster', 'endpoints', 'listener', 'routes', 'secret'];
const TEMPLATE = { typeUrl: '', subscribe: [], unsubscribe: [], initialVersions: new Map<string, string>(), nonce: '' } as const;

export class ModelEnvoy {
  /** Configuration in use. Clusters here are warm. */
  readonly active = new Map<ResourceType, Map<string, Resource>>(ORDER.map((type) => [type, new Map()]));
  readonly warming = new Map<string, Resource>();
  /** Requests on their way to the server. */
  outbox: DeltaRequest[] = [];
  /** Requests that would have failed: a route in use names a cluster that is not there. */
  readonly broken: string[] = [];
  readonly #refuses: (resource: Resource) => boolean;
  readonly #watched = new Map<ResourceType, Set<string>>(ORDER.map((type) => [type, new Set()]));
  #opened = new Set<ResourceType>();
  #held: DeltaRequest[] = [];
  readonly #gone = new Set<string>();

  constructor(refuses: (resource: Resource) => boolean = () => false) {
    this.#refuses = refuses;
  }

  has(type: ResourceType): Map<string, Resource> {
    return this.active.get(type) ?? new Map();
  }

  #names(type: ResourceType): Set<string> {
    return this.#watched.get(type) ?? new Set();
  }

  /** A new stream: what was under way on the old one is lost. While a cluster warms, clusters are not asked for. */
  connect(): void {
    this.outbox = [];
    this.#held = [];
    this.#opened = new Set();
    if (this.warming.size === 0) this.#open('cluster');
    for (const type of ['endpoints', 'routes', 'secret'] as const) if (this.#names(type).size > 0) this.#open(type);
    if (this.has('listener').size > 0) this.#open('listener');
  }

  #open(type: ResourceType): void {
    if (this.#opened.has(type)) return;
    this.#opened.add(type);
    const initialVersions = new Map([...this.has(type)].map(([name, { version }]) => [name, version as string]));
    this.outbox.push({ ...TEMPLATE, type, subscribe: type === 'cluster' || type === 'listener' ? [] : [...this.#names(type)], initialVersions });
  }

  #watch(type: ResourceType, add: readonly string[], drop: readonly string[] = []): void {
    const names = this.#names(type);
    const subscribe = add.filter((name) => !names.has(name));
    const unsubscribe = drop.filter((name) => names.has(name));
    for (const name of subscribe) names.add(name);
    for (const name of unsubscribe) {
      names.delete(name);
      this.has(type).delete(name);
    }
    if (!this.#opened.has(type)) {
      if (names.size > 0) this.#open(type);
    } else if (subscribe.length + unsubscribe.length > 0) this.outbox.push({ ...TEMPLATE, type, subscribe, unsubscribe });
  }

  receive({ type, nonce, resources, removed }: DeltaResponse): void {
    const bad = resources.filter(this.#refuses);
    const twice = new Set(resources.map(({ name }) => name)).size < resources.length;
    if (twice) this.broken.push(`${type}: the same name twice in one response`);
    for (const [i, resource] of resources.entries()) if (!bad.includes(resource) && (bad.length === 0 || i % 2 === 0)) this.#apply(resource);
    for (const name of removed) this.#remove(type, name);
    if (type === 'endpoints' && bad.length > 0)
      this.warm(
        resources.map(({ name }) => name),
        true,
      );
    const error = bad.length > 0 ? { error: { code: 13, message: `refused: ${bad.map(({ name }) => name).join(', ')}` } } : {};
    const reply: DeltaRequest = { ...TEMPLATE, type, nonce, ...error };
    if (type === 'cluster') this.#held.push(reply);
    else this.outbox.push(reply);
    this.#settle();
  }

  #apply(resource: Resource): void {
    const { type, name, version } = resource;
    if (type === 'cluster') {
      if (this.warming.get(name)?.version === version) return;
      if (!this.warming.has(name) && this.has('cluster').get(name)?.version === version) return;
      this.warming.set(name, resource);
      this.#watch('endpoints', [name]);
      this.#watch('secret', payloadOf(resource).secrets ?? []);
      return;
    }
    if (type !== 'listener' && !this.#names(type).has(name)) return;
    this.has(type).set(name, resource);
    if (type === 'listener') this.#follow();
    if (type === 'routes') this.#checkRoutes(`routes ${name} arrived`);
  }

  /**
   * The timeout after which Envoy goes on with the endpoints it had. It must never be needed, except for a cluster whose
   * endpoints are gone: that they are "removed" is not an answer for Envoy.
   */
  expire(): boolean {
    if (this.warming.size === 0) return false;
    for (const [name, cluster] of this.warming) {
      if (!this.#gone.has(name)) this.broken.push(`cluster ${name} warmed until the timeout`);
      this.has('cluster').set(name, cluster);
    }
    this.warming.clear();
    this.#settle();
    return true;
  }

  #remove(type: ResourceType, name: string): void {
    if (type === 'endpoints') this.#gone.add(name);
    if (type !== 'cluster' && type !== 'listener') return;
    this.has(type).delete(name);
    if (type === 'listener') this.#follow();
    else {
      this.warming.delete(name);
      this.#watch('endpoints', [], [name]);
      this.#checkRoutes(`cluster ${name} was removed`);
    }
  }

  /** The route tables that listeners name are the ones watched. */
  #follow(): void {
    const wanted = new Set([...this.has('listener').values()].flatMap((listener) => payloadOf(listener).routes ?? []));
    this.#watch(
      'routes',
      [...wanted],
      [...this.#names('routes')].filter((name) => !wanted.has(name)),
    );
  }

  #checkRoutes(when: string): void {
    for (const route of this.has('routes').values()) {
      for (const cluster of payloadOf(route).clusters ?? [])
        if (!this.has('cluster').has(cluster)) this.broken.push(`${when}: route ${route.name} has no cluster ${cluster}`);
    }
  }

  /** Clusters become warm with the endpoints that come after them; then what was held back goes out. */
  #settle(): void {
    if (this.warming.size > 0) return;
    this.outbox.push(...this.#held);
    this.#held = [];
    this.#open('cluster');
    if (this.outbox.some(({ type, nonce }) => type === 'cluster' && nonce !== '')) this.#open('listener');
  }

  /** Called by the harness after endpoints were applied. A refused answer ends the warming, too: Envoy goes on with what it has. */
  warm(names: Iterable<string>, refused = false): void {
    for (const name of names) {
      const cluster = this.warming.get(name);
      if (cluster === undefined || !(refused || this.has('endpoints').has(name))) continue;
      this.warming.delete(name);
      this.has('cluster').set(name, cluster);
    }
    this.#settle();
  }
}
