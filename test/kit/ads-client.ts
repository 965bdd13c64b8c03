// A small delta-ADS client: subscribes as Envoy does, acknowledges or refuses, remembers what it holds. Light enough for a thousand in
// one process. Over gRPC (`dialAds`) against a server, or over memory (`joinAds`) against the handler itself, which makes protocol
// scripts deterministic.

import { createSecureContext } from 'node:tls';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
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
import type { ByteStream, Bytes, GrpcService } from '../../src/wire/index.ts';

const TYPE_OF: ReadonlyMap<string, ResourceType> = new Map(RESOURCE_TYPES.map((type) => [TYPE_URLS[type], type]));

export interface AdsTransport {
  send(bytes: Uint8Array): void;
  /** Listeners are set once, before the first `send`. */
  listen(onMessage: (bytes: Uint8Array) => void, onOver: (code: number, words: string) => void): void;
  close(): void;
}

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
      : { node: { id: this.#options.nodeId ?? 'simulated', userAgentVersionType: { case: 'userAgentVersion' as const, value: '1.40.0' } } };
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

/** Calls the handler in this process, as wire would. `highWater` messages may be unread before `write` answers false. */
export function joinAds(
  service: GrpcService,
  token: string | undefined,
  highWater = 16,
): AdsTransport & { readonly queued: () => number; hold(): void; release(): void } {
  const method = service.methods['DeltaAggregatedResources'];
  if (method === undefined || method.kind !== 'bidi') throw new Error('the service has no DeltaAggregatedResources');
  const on = { message: (_: Uint8Array): void => {}, end: (): void => {}, cancel: (): void => {}, drain: (): void => {} };
  let toClient = (_: Uint8Array): void => {};
  let over = (_code: number, _words: string): void => {};
  const queue: Uint8Array[] = [];
  let done = false;
  let held = false;
  const finish = (code: number, words: string): void => {
    if (done) return;
    done = true;
    flush();
    over(code, words);
    on.cancel();
  };
  const flush = (): void => {
    const full = queue.length >= highWater;
    for (const bytes of queue.splice(0)) toClient(bytes);
    if (full && !done) on.drain();
  };
  const stream: ByteStream = {
    call: { get: () => undefined, token, peer: '127.0.0.1:1', signal: new AbortController().signal },
    onMessage: (listener) => {
      on.message = listener;
    },
    onEnd: (listener) => {
      on.end = listener;
    },
    onCancel: (listener) => {
      on.cancel = listener;
    },
    onDrain: (listener) => {
      on.drain = listener;
    },
    write: (bytes: Bytes) => {
      if (done) return false;
      queue.push(bytes instanceof Uint8Array ? bytes.slice() : Buffer.concat(bytes));
      if (!held) queueMicrotask(flush);
      return queue.length < highWater;
    },
    get queued() {
      return queue.length;
    },
    end: () => finish(0, ''),
    fail: finish,
  };
  return {
    send: (bytes) => queueMicrotask(() => done || on.message(bytes)),
    listen: (onMessage, onOver) => {
      toClient = onMessage;
      over = onOver;
      method.open(stream);
    },
    close: () => finish(1, 'closed by the client'),
    queued: () => queue.length,
    /** The client's end of the connection stops reading. */
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
      flush();
    },
  };
}

export interface AdsServerAddress {
  readonly port: number;
  readonly rootPem: string;
  readonly serverName: string;
}

/** Over gRPC and TLS with a connection of its own, as every Envoy has. */
export function dialAds(server: AdsServerAddress, token: string): AdsTransport {
  const trust = credentials.createFromSecureContext(createSecureContext({ ca: server.rootPem, minVersion: 'TLSv1.3' }));
  const client = new Client(`127.0.0.1:${server.port}`, trust, {
    'grpc.ssl_target_name_override': server.serverName,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': -1,
  });
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  let call: ClientDuplexStream<Uint8Array, Uint8Array> | undefined;
  return {
    listen: (onMessage, onOver) => {
      call = client.makeBidiStreamRequest<Uint8Array, Uint8Array>(
        '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
        (bytes) => Buffer.from(bytes),
        (bytes) => bytes,
        metadata,
      );
      call.on('data', onMessage);
      call.on('error', () => {});
      call.on('status', ({ code, details }: { code: number; details: string }) => onOver(code, details));
    },
    send: (bytes) => void call?.write(bytes),
    close: () => {
      call?.cancel();
      client.close();
    },
  };
}
