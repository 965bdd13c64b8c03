// A control plane with everything around it faked but the pipeline itself: documents come from a list, time from a fake clock,
// certificates are words. For protocol scripts that say what goes over the wire, and nothing else.
import {
  type ControlOptions,
  ControlPlane,
  type ControlPorts,
  type EnvoyChecker,
  type HoldingStore,
  type Quarantine,
  type ResourceEvent,
  type Source,
} from '../../src/control/index.ts';
import { type Document, type DocumentKey, documentKey, type ProxyId, type SpiffeId, type WorkloadKey } from '../../src/model/index.ts';
import { parseDocument } from '../../src/policy/index.ts';
import { AdsClient, type AdsClientOptions, type AdsHoldings } from './ads-client.ts';
import { joinAds } from './ads-transport.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';

const DOMAIN = 'weft.test';
const HOUR = 3_600_000;

/** A document as the store gives it back: parsed, with revision, generation and time of creation. */
export function document(value: Record<string, unknown>, revision = 1, generation = 1): Document {
  const { document, diagnostics } = parseDocument(value);
  if (document === undefined) throw new Error(JSON.stringify(diagnostics));
  return { ...document, metadata: { ...document.metadata, resourceVersion: String(revision), generation, creationTimestamp: '2026-11-21T12:00:00Z' } };
}

export const service = (name: string, spec: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }], ...spec },
});

export const workload = (name: string, app: string, spec: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Workload',
  metadata: { name, namespace: 'shop', labels: { app } },
  spec: {
    serviceAccount: app,
    address: '127.0.0.1',
    ports: [{ name: 'http', port: 8080, proxyPort: 20080 }],
    proxy: { capture: { mode: 'netns', netns: '/run/netns/app', resolvers: [] }, bind: '127.0.0.1' },
    ...spec,
  },
});

export const route = (name: string, parent: string, rules: readonly unknown[]): Record<string, unknown> => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'shop' },
  spec: { parentRefs: [{ group: '', kind: 'Service', name: parent }], rules },
});

export const scope = (name: string, app: string, services: readonly string[]): Record<string, unknown> => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Scope',
  metadata: { name, namespace: 'shop' },
  spec: { selector: { app }, services },
});

/** Documents in memory as a Source; `put` of a content that is new raises the generation, as a store does. */
export class FakeSource implements Source {
  readonly documents = new Map<DocumentKey, Document>();
  opened = 0;
  #revision = 0;
  #waiting: ((batch: readonly ResourceEvent[] | Error) => void) | undefined;
  #batches: (readonly ResourceEvent[] | Error)[] = [];

  async *events(signal: AbortSignal): AsyncIterable<readonly ResourceEvent[]> {
    this.opened++;
    this.#batches = [];
    yield [...this.documents.values()].map((one) => ({ kind: 'put', document: one }));
    while (!signal.aborted) {
      const batch =
        this.#batches.shift() ??
        (await new Promise<readonly ResourceEvent[] | Error>((resolve) => {
          this.#waiting = resolve;
          signal.addEventListener('abort', () => resolve([]), { once: true });
        }));
      if (batch instanceof Error) throw batch;
      if (batch.length > 0) yield batch;
    }
  }

  put(...values: readonly Record<string, unknown>[]): void {
    this.#emit(values.map((value) => ({ kind: 'put', document: this.#store(value) })));
  }

  /** Known before the control plane opens, or while nobody listens. */
  preset(...values: readonly Record<string, unknown>[]): void {
    for (const value of values) this.#store(value);
  }

  delete(key: DocumentKey): void {
    this.documents.delete(key);
    this.#emit([{ kind: 'delete', key }]);
  }

  /** As a store does when it is told a status: another revision, the same generation. */
  status(key: DocumentKey, status: Readonly<Record<string, unknown>>): void {
    const known = this.documents.get(key);
    if (known === undefined) return;
    const next = { ...known, metadata: { ...known.metadata, resourceVersion: String(++this.#revision) }, status };
    this.documents.set(key, next);
    this.#emit([{ kind: 'put', document: next }]);
  }

  fail(): void {
    this.#emit(new Error('the database is gone'));
  }

  #store(value: Record<string, unknown>): Document {
    const fresh = document(value, ++this.#revision);
    const key = documentKey(fresh);
    const known = this.documents.get(key);
    const generation = (known?.metadata.generation ?? 0) + (JSON.stringify(known?.spec) === JSON.stringify(fresh.spec) ? 0 : 1);
    const stored = { ...fresh, metadata: { ...fresh.metadata, generation }, ...(known?.status === undefined ? {} : { status: known.status }) };
    this.documents.set(key, stored);
    return stored;
  }

  #emit(batch: readonly ResourceEvent[] | Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#batches.push(batch);
    else waiting(batch);
  }
}

export interface World {
  readonly plane: ControlPlane;
  readonly source: FakeSource;
  readonly clock: FakeClock;
  readonly statuses: Map<DocumentKey, Readonly<Record<string, unknown>>>;
  /** How many documents each call of the sink had. */
  readonly writes: number[];
  readonly quarantine: Map<DocumentKey, Quarantine>;
  readonly logged: { readonly level: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> }[];
  readonly issued: { count: number };
  /** A test may put other functions in its place. */
  readonly issuer: { -readonly [K in keyof ControlPorts['issuer']]: ControlPorts['issuer'][K] };
  /** A proxy of workload `shop/<name>` connects and starts; time moves until it is admitted. */
  connect(name: string, options?: AdsClientOptions & { readonly app?: string; readonly lifeMs?: number; readonly held?: AdsHoldings }): Promise<AdsClient>;
  /** Lets everything that can happen now happen. */
  settle(): Promise<void>;
  restart(): Promise<World>;
}

export interface WorldOptions extends ControlOptions {
  readonly documents?: readonly Record<string, unknown>[];
  readonly source?: FakeSource;
  readonly clock?: FakeClock;
  readonly quarantine?: Map<DocumentKey, Quarantine>;
  readonly statusSink?: ControlPorts['status'];
  readonly leafMs?: number;
  readonly checker?: EnvoyChecker;
  readonly passed?: Map<DocumentKey, readonly string[]>;
  readonly holdings?: HoldingStore;
  readonly shutOut?: NonNullable<ControlPorts['shutOut']>;
  readonly nodes?: NonNullable<ControlPorts['nodes']>;
  readonly pushed?: NonNullable<ControlPorts['pushed']>;
  /** Another world's, to play one that outlives it. */
  readonly issuer?: World['issuer'];
}

/** Opens a control plane in a faked world. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = options.clock ?? fakeClock();
  const source = options.source ?? new FakeSource();
  source.preset(...(options.documents ?? []));
  const quarantine = options.quarantine ?? new Map<DocumentKey, Quarantine>();
  const statuses = new Map<DocumentKey, Readonly<Record<string, unknown>>>();
  const writes: number[] = [];
  const logged: World['logged'] = [];
  const issued = { count: 0 };
  const leafMs = options.leafMs ?? 24 * HOUR;
  const issuer: World['issuer'] = options.issuer ?? {
    issue: async (id) => {
      const now = clock.now();
      return {
        certificatePem: `certificate ${++issued.count} of ${id}`,
        keyPem: 'key',
        notAfter: now + leafMs,
        renewAt: now + leafMs / 2,
        version: `sealed ${id} ${now + leafMs / 2} ${issued.count}`,
        authority: '1',
      };
    },
    held: (id, version) => {
      const [word, of, renewAt = '0'] = version.split(' ');
      return word === 'sealed' && of === id && Number(renewAt) > clock.now() ? { renewAt: Number(renewAt), notAfter: Number(renewAt) + leafMs / 2 } : undefined;
    },
    issuing: '1',
    cycle: 0,
    bundle: () => 'root',
    onBundle: () => () => {},
  };
  const ports: ControlPorts = {
    source,
    clock,
    authenticator: {
      authenticate: async (token) => {
        const [proxy = '', app = '', expiresAt = '0'] = token.split('~');
        if (Number(expiresAt) <= clock.now()) return undefined;
        return {
          proxy: proxy as ProxyId,
          workload: proxy as WorkloadKey,
          id: `spiffe://${DOMAIN}/ns/shop/sa/${app}` as SpiffeId,
          expiresAt: Number(expiresAt),
        };
      },
    },
    issuer,
    status: options.statusSink ?? {
      write: async (batch) => {
        writes.push(batch.length);
        for (const { key, status } of batch) {
          statuses.set(key, status);
          source.status(key, status);
        }
      },
    },
    quarantine: {
      load: () => quarantine,
      save: async (key, entry) => {
        if (entry === undefined) quarantine.delete(key);
        else quarantine.set(key, entry);
      },
    },
    ...(options.holdings === undefined ? {} : { holdings: options.holdings }),
    ...(options.shutOut === undefined ? {} : { shutOut: options.shutOut }),
    ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
    ...(options.pushed === undefined ? {} : { pushed: options.pushed }),
    ...(options.checker === undefined ? {} : { checker: options.checker }),
    passed: {
      load: () => new Map(options.passed),
      save: async (key, ids) => void (ids === undefined ? options.passed?.delete(key) : options.passed?.set(key, ids)),
    },
    log: (level, message, details) => void logged.push({ level, message, details }),
  };
  const plane = await ControlPlane.open(ports, { random: () => 0, ...options });
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 6; round++) await clock.advance(0);
  };
  return {
    plane,
    source,
    clock,
    statuses,
    writes,
    quarantine,
    logged,
    issued,
    issuer,
    settle,
    connect: async (name, how = {}) => {
      const token = `shop/${name}~${how.app ?? name}~${clock.now() + (how.lifeMs ?? HOUR)}`;
      const client = new AdsClient(joinAds(plane.ads, token), how).start();
      await settle();
      return client;
    },
    restart: async () => {
      await plane[Symbol.asyncDispose]();
      return openWorld({ ...options, documents: [], source, clock, quarantine });
    },
  };
}
