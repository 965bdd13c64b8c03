// A small delta-ADS client: subscribes as Envoy does, acknowledges or refuses, remembers what it holds. Light enough for a thousand in
// one process. `dialAds` and `joinAds` in ads-transport.ts are its ways to a control plane.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  RESOURCE_TYPES,
  type Resource,
  type ResourceName,
  type ResourceType,
  referencesOf,
  TYPE_URLS,
  type Version,
} from '../../src/envoy/index.ts';
import type { AdsTransport } from './ads-transport.ts';

export { type AdsServerAddress, type AdsTransport, dialAds, joinAds } from './ads-transport.ts';

const TYPE_OF: ReadonlyMap<string, ResourceType> = new Map(RESOURCE_TYPES.map((type) => [TYPE_URLS[type], type]));

/** What one response brought. */
export interface AdsUpdate {
  readonly type: ResourceType;
  readonly names: readonly string[];
  readonly removed: readonly string[];
  readonly bytes: number;
}

export interface AdsClientOptions {
  /** What it holds from an earlier stream; shared with the client before it to play a reconnect. */
  readonly held?: AdsHoldings;
  /** Words of refusal for a resource, or undefined to accept it. The whole response is refused then, as Envoy does. */
  readonly refuses?: (resource: Resource) => string | undefined;
  readonly onUpdate?: (update: AdsUpdate) => void;
  readonly nodeId?: string;
  /** Of its Envoy. */
  readonly version?: string;
  /** Keeps bytes of resources, for tests that look inside. Default true. */
  readonly keepBytes?: boolean;
}

export class AdsHoldings {
  readonly types = new Map<ResourceType, Map<string, Resource>>(RESOURCE_TYPES.map((type) => [type, new Map()]));
  /** Names asked for, of the types that are asked for by name. */
  readonly wanted = new Map<ResourceType, Set<string>>(RESOURCE_TYPES.map((type) => [type, new Set()]));

  of(type: ResourceType): Map<string, Resource> {
    return this.types.get(type) ?? new Map();
  }

  want(type: ResourceType): Set<string> {
    return this.wanted.get(type) ?? new Set();
  }
}

const BY_NAME: readonly ResourceType[] = ['endpoints', 'routes', 'secret'];
/** References of a version, found once however many clients hold it. */
const references = new Map<string, ReturnType<typeof referencesOf>>();

export class AdsClient {
  readonly held: AdsHoldings;
  readonly updates: AdsUpdate[] = [];
  /** Gone: with this status. */
  over: { readonly code: number; readonly words: string } | undefined;
  bytes = 0;
  resources = 0;
  readonly #transport: AdsTransport;
  readonly #options: AdsClientOptions;
  #nodeSent = false;
  #reading = true;
  #unread: Uint8Array[] = [];

  constructor(transport: AdsTransport, options: AdsClientOptions = {}) {
    this.#transport = transport;
    this.#options = options;
    this.held = options.held ?? new AdsHoldings();
    transport.listen(
      (bytes) => (this.#reading ? this.#message(bytes) : void this.#unread.push(bytes)),
      (code, words) => {
        this.over = { code, words };
      },
    );
  }

  /** First requests of a stream, in Envoy's order: clusters, then what is held by name, then listeners. */
  start(): this {
    this.#first('cluster');
    if (this.held.want('endpoints').size > 0) this.#first('endpoints');
    this.#first('listener');
    for (const type of ['routes', 'secret'] as const) if (this.held.want(type).size > 0) this.#first(type);
    return this;
  }

  /** Names per type that arrived since the last call. */
  take(): Partial<Record<ResourceType, readonly string[]>> {
    const found: Partial<Record<ResourceType, string[]>> = {};
    for (const { type, names } of this.updates.splice(0)) if (names.length > 0) found[type] = [...(found[type] ?? []), ...names];
    return found;
  }

  /** Leaves messages unread until `resume`. */
  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    this.#reading = true;
    for (const bytes of this.#unread.splice(0)) this.#message(bytes);
  }

  close(): void {
    this.#transport.close();
  }

  #first(type: ResourceType): void {
    const initial: Record<string, string> = {};
    for (const [name, resource] of this.held.of(type)) initial[name] = resource.version;
    this.#request(type, { resourceNamesSubscribe: BY_NAME.includes(type) ? [...this.held.want(type)] : [], initialResourceVersions: initial });
  }

  #request(
    type: ResourceType,
    fields: {
      resourceNamesSubscribe?: string[];
      initialResourceVersions?: Record<string, string>;
      responseNonce?: string;
      errorDetail?: { code: number; message: string };
    },
  ): void {
    const node = this.#nodeSent
      ? {}
      : {
          node: {
            id: this.#options.nodeId ?? 'simulated',
            userAgentVersionType: { case: 'userAgentVersion' as const, value: this.#options.version ?? '1.40.0' },
          },
        };
    this.#nodeSent = true;
    this.#transport.send(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { typeUrl: TYPE_URLS[type], ...node, ...fields })));
  }

  #message(bytes: Uint8Array): void {
    const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    const type = TYPE_OF.get(response.typeUrl);
    if (type === undefined) return;
    this.bytes += bytes.length;
    this.resources += response.resources.length;
    const resources = response.resources.map(
      (one): Resource => ({
        type,
        name: one.name as ResourceName,
        version: one.version as Version,
        body: [one.resource?.value ?? new Uint8Array()],
        origins: [],
      }),
    );
    const update: AdsUpdate = { type, names: resources.map((one) => one.name), removed: response.removedResources, bytes: bytes.length };
    this.updates.push(update);
    this.#options.onUpdate?.(update);
    const words = resources.map((one) => this.#options.refuses?.(one)).find((one) => one !== undefined);
    if (words !== undefined) {
      this.#request(type, { responseNonce: response.nonce, errorDetail: { code: 13, message: words } });
      return;
    }
    const wanted = this.#apply(type, resources, response.removedResources);
    this.#request(type, { responseNonce: response.nonce });
    for (const [other, names] of wanted) this.#request(other, { resourceNamesSubscribe: [...names] });
  }

  #apply(type: ResourceType, resources: readonly Resource[], removed: readonly string[]): Map<ResourceType, Set<string>> {
    const holding = this.held.of(type);
    const wanted = new Map<ResourceType, Set<string>>();
    for (const name of removed) holding.delete(name);
    for (const resource of resources) {
      for (const reference of this.#referencesOf(resource)) {
        if (!BY_NAME.includes(reference.type) || this.held.want(reference.type).has(reference.name)) continue;
        this.held.want(reference.type).add(reference.name);
        wanted.set(reference.type, (wanted.get(reference.type) ?? new Set()).add(reference.name));
      }
      holding.set(resource.name, this.#options.keepBytes === false ? { ...resource, body: [] } : resource);
    }
    return wanted;
  }

  #referencesOf(resource: Resource): ReturnType<typeof referencesOf> {
    if (resource.type === 'endpoints' || resource.type === 'secret') return [];
    const known = references.get(resource.version);
    if (known !== undefined) return known;
    const found = referencesOf(resource);
    references.set(resource.version, found);
    return found;
  }
}
