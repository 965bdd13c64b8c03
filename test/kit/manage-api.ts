// The management API for a test: the real server on a free port of loopback, over a real store in a folder of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Diagnostic } from '../../src/base/index.ts';
import { type Api, type ApiOptions, adminToken, Intake, type ManagePorts, openApi } from '../../src/manage/index.ts';
import { openSqliteStore, type Store } from '../../src/store/index.ts';

/** What tests look at in the JSON that came; which of it is there is what they find out. */
export interface Seen {
  readonly kind: string;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly status: unknown;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly continue: string;
    readonly remainingItemCount: number;
  };
  readonly spec: {
    readonly clusterIP: string;
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly port: number; readonly targetPort: number | string }[];
    readonly rules: readonly unknown[];
  };
  readonly items: readonly Seen[];
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly object: Seen }[];
  readonly details: {
    readonly uid: string;
    readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
    readonly diagnostics: readonly Diagnostic[];
  };
  readonly applied: readonly unknown[];
  readonly diagnostics: readonly Diagnostic[];
  readonly token: string;
  readonly expiresAt: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Seen;
}

export interface Ask {
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestApi extends AsyncDisposable {
  readonly api: Api;
  readonly store: Store;
  readonly token: string;
  readonly folder: string;
  readonly logged: string[];
  call(method: string, path: string, ask?: Ask): Promise<Reply>;
  /** Events of a watch; ends when the server ends it or `end` is called. */
  watch(path: string, headers?: Readonly<Record<string, string>>): Promise<{ readonly events: AsyncGenerator<WatchEvent>; end(): void }>;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: Seen;
}

const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

function portsOf(store: Store, clock: Clock, logged: string[]): ManagePorts {
  return {
    store,
    clock,
    facts: () => ({ version: '0.1.0', trustDomain: 'example.mesh', xdsAddress: '127.0.0.1:7401', rootPem: 'ROOT', rootFingerprint: 'ab'.repeat(32) }),
    counters: () => ({ pushes: 3 }),
    proxies: () => [],
    resources: () => undefined,
    effective: ({ service }) => ({ title: service, places: [] }),
    fates: (key) => (key.endsWith('/nothing') ? undefined : { fields: [], places: 0, all: true }),
    diagnostics: async () => [],
    effect: async () => ({ proxies: [], counts: { affected: 0, examined: 0, of: 0 }, services: [] }),
    explain: (question) => ({ title: JSON.stringify(question), hops: [], verdict: { ok: true, text: '', alternatives: [] } }),
    createJoin: async (grant) => `token for ${grant.namespace}/${grant.serviceAccount}`,
    analyze: () => () => [],
    log: (level, message, details) => void logged.push(`${level} ${message} ${JSON.stringify(details)}`),
  };
}

async function* jsonLines(body: ReadableStream<Uint8Array>): AsyncGenerator<WatchEvent> {
  let rest = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as WatchEvent;
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  }
}

/** Opens store and API. `ports` replaces what is asked of the rest of the control plane. */
export async function openTestApi(
  options: Partial<Omit<ApiOptions, 'ports'>> & {
    readonly clock?: Clock;
    readonly ports?: Partial<ManagePorts>;
    readonly historyLimit?: number;
    readonly mirrored?: boolean;
  } = {},
): Promise<TestApi> {
  const { clock = realClock, ports, historyLimit, mirrored, ...more } = options;
  const folder = mkdtempSync(join(tmpdir(), 'weft-api-'));
  const logged: string[] = [];
  const store = openSqliteStore({ file: join(folder, 'weft.db'), clock, ...(historyLimit === undefined ? {} : { historyLimit }) });
  const token = adminToken(join(folder, 'admin.token'));
  const intake = mirrored === true ? { intake: new Intake(store, { clock, mirrored }) } : {};
  const api = await openApi({ port: 0, token, ...intake, ...more, ports: { ...portsOf(store, clock, logged), ...ports } });
  const authorization = `Bearer ${token}`;
  return {
    api,
    store,
    token,
    folder,
    logged,
    async call(method, path, ask = {}) {
      const body = ask.body === undefined ? {} : { body: typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body) };
      const headers = { authorization, ...(ask.body === undefined ? {} : { 'content-type': ask.type ?? 'application/json' }), ...ask.headers };
      const response = await fetch(api.url + path, { method, headers, ...body });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: JSON.parse(text === '' ? '{}' : text) as Seen };
    },
    async watch(path, headers = {}) {
      const ending = new AbortController();
      const response = await fetch(api.url + path, { headers: { authorization, ...headers }, signal: ending.signal });
      if (response.body === null || !response.ok) throw new Error(`${response.status} ${await response.text()}`);
      return { events: jsonLines(response.body), end: () => ending.abort() };
    },
    async [Symbol.asyncDispose]() {
      await api.close(100);
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The next `count` events. */
export async function nextEvents(events: AsyncGenerator<WatchEvent>, count: number): Promise<readonly WatchEvent[]> {
  const taken: WatchEvent[] = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

export const SERVICES = '/api/v1/namespaces/shop/services';
export const ROUTES = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes';

export function serviceBody(name: string, more: Readonly<Record<string, unknown>> = {}, metadata: Readonly<Record<string, unknown>> = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, ...metadata },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }], ...more },
  };
}

export function routeBody(name: string, rules: readonly unknown[] = []): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace: 'shop' },
    spec: { parentRefs: [{ group: '', kind: 'Service', name }], rules: rules.length > 0 ? rules : [{ name: 'all', backendRefs: [{ name, port: 80 }] }] },
  };
}
