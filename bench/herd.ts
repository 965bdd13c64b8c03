// (c) G9, G13-G16: a control plane with 1,000 services and N simulated proxies, each scoped to 10 of them, each with its own TLS
// connection and its own identity. The control plane runs in a process of its own; what is charged to it is its own.
import { type AdsClient, AdsHoldings } from '../test/kit/ads-client.ts';
import { cpuMicros, rssBytes } from '../test/kit/cpu.ts';
import { TestMesh } from '../test/kit/test-mesh.ts';
import { connect, type Facts, factsOf, join } from './join.ts';
import { percentile } from './statistics.ts';

const SERVICES = 1000;
const SCOPE = 10;
/** In everybody's scope: a change to it concerns every proxy. */
const COMMON = 's0';

export interface HerdResult {
  readonly proxies: number;
  readonly configureAllMs: number;
  readonly refusedStreams: number;
  readonly cpuMsPerProxy: number;
  readonly memoryMbPerProxy: number;
  readonly controlPlaneMb: number;
  readonly route: ChangeResult;
  readonly endpoint: ChangeResult;
  readonly reconnect: { readonly resources: number; readonly bytesPerProxy: number; readonly allMs: number; readonly cpuMsPerProxy: number };
  readonly idleCpuMsPerSecond: number;
}

export interface ChangeResult {
  /** Change sent to the API → message at each stream, over all streams and changes. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** … at the last stream, median of the changes. */
  readonly lastP50Ms: number;
  readonly bytesPerProxy: number;
  readonly cpuMsPerProxy: number;
}

interface Simulated {
  readonly token: string;
  readonly held: AdsHoldings;
  client: AdsClient;
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const now = (): number => performance.now();

function service(n: number): unknown {
  const ports = [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: `s${n}`, namespace: 'bench' }, spec: { selector: { app: `s${n}` }, ports } };
}

function workload(name: string, app: string, address: string): unknown {
  const spec = { address, serviceAccount: app, ports: [{ name: 'http', port: 8080 }] };
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'Workload', metadata: { name, namespace: 'bench', labels: { app } }, spec };
}

function scope(app: string, n: number): unknown {
  const services = [COMMON, ...Array.from({ length: SCOPE - 1 }, (_, k) => `s${1 + ((n * 7 + k * 101) % (SERVICES - 1))}`)];
  return {
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Scope',
    metadata: { name: app, namespace: 'bench' },
    spec: { selector: { app }, services: [...new Set(services)] },
  };
}

function route(mark: string): unknown {
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-mark', value: mark }] } }];
  const spec = { parentRefs: [{ group: '', kind: 'Service', name: COMMON }], rules: [{ filters, backendRefs: [{ name: COMMON, port: 80 }] }] };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'common', namespace: 'bench' }, spec };
}

async function inBatches<T>(count: number, size: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let at = 0; at < count; at += size) results.push(...(await Promise.all(Array.from({ length: Math.min(size, count - at) }, (_, k) => work(at + k)))));
  return results;
}

/** V8 gives memory back only after some idle seconds: before that, the difference of two readings says nothing about what is kept. */
const MEMORY_SETTLES_MS = 12_000;

/** Leases need a Renew every few seconds; the herd has none, so its workloads become hand-written ones. */
async function makePermanent(mesh: TestMesh): Promise<void> {
  const { items } = await mesh.call<{ items: readonly { metadata: Record<string, unknown> }[] }>('/apis/weft.dev/v1alpha1/namespaces/bench/workloads');
  const documents = items.map((item) => {
    const { name, namespace, labels } = item.metadata;
    const { status: _, ...rest } = item as Record<string, unknown>;
    return { ...rest, metadata: { name, namespace, labels } };
  });
  await mesh.apply(documents);
}

const configured = ({ client }: Simulated): boolean =>
  client.held.of('cluster').size > SCOPE &&
  client.held.of('endpoints').size >= SCOPE &&
  client.held.of('listener').size > 0 &&
  client.held.of('routes').size >= SCOPE &&
  client.held.of('secret').size >= 2;

async function all(herd: readonly Simulated[], ready: (one: Simulated) => boolean, patienceMs = 120_000): Promise<number> {
  const started = now();
  while (!herd.every(ready)) {
    if (now() - started > patienceMs)
      throw new Error(`${herd.filter((one) => !ready(one)).length} of ${herd.length} proxies are not there after ${patienceMs} ms`);
    await sleep(5);
  }
  return now() - started;
}

async function measureChange(
  herd: readonly Simulated[],
  pid: number,
  changes: readonly (() => Promise<void>)[],
  type: 'routes' | 'endpoints',
): Promise<ChangeResult> {
  const times: number[] = [];
  const lasts: number[] = [];
  const bytesBefore = herd.reduce((sum, { client }) => sum + client.bytes, 0);
  const cpuBefore = cpuMicros([pid]);
  for (const change of changes) {
    for (const { client } of herd) client.updates.length = 0;
    arrivals.clear();
    const sent = now();
    await change();
    await all(herd, ({ client }) => client.updates.some((update) => update.type === type));
    const arrived = herd.map(({ client }) => (arrivals.get(client.held)?.get(type) ?? now()) - sent);
    times.push(...arrived);
    lasts.push(Math.max(...arrived));
    await sleep(1200); // single changes: the pace has calmed down
  }
  const bytes = herd.reduce((sum, { client }) => sum + client.bytes, 0) - bytesBefore;
  const per = herd.length * changes.length;
  return {
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    lastP50Ms: percentile(lasts, 50),
    bytesPerProxy: bytes / per,
    cpuMsPerProxy: (cpuMicros([pid]) - cpuBefore) / 1000 / per,
  };
}

const arrivals = new Map<AdsHoldings, Map<string, number>>();

function connectOne(facts: Facts, { token, held }: { readonly token: string; readonly held: AdsHoldings }): AdsClient {
  const onUpdate = ({ type }: { type: string }): void => {
    const mine = arrivals.get(held) ?? new Map<string, number>();
    if (!mine.has(type)) mine.set(type, now());
    arrivals.set(held, mine);
  };
  return connect(facts, token, { held, keepBytes: false, onUpdate });
}

/** One herd of `proxies`, from cold start through changes to a reconnect. `progress` is told what is going on. */
export async function measureHerd(proxies: number, progress: (text: string) => void): Promise<HerdResult> {
  await using mesh = TestMesh.open();
  const control = await mesh.up();
  progress(`${SERVICES} services`);
  await mesh.apply([
    ...Array.from({ length: SERVICES }, (_, n) => service(n)),
    ...Array.from({ length: SERVICES }, (_, n) => workload(`w${n}`, `s${n}`, `10.0.${n >> 8}.${n & 255}`)),
  ]);
  await mesh.apply([route('start'), ...Array.from({ length: proxies }, (_, n) => scope(`p${n}`, n))]);
  const facts = await factsOf(mesh);
  progress(`${proxies} joins`);
  const tokens = await inBatches(proxies, 16, (n) => join(mesh, facts, `p${n}`));
  await makePermanent(mesh);
  await sleep(MEMORY_SETTLES_MS);
  const [memoryBefore, cpuBefore] = [rssBytes(control.pid), cpuMicros([control.pid])];
  progress('all start at once');
  const started = now();
  const herd: Simulated[] = tokens.map((token) => {
    const held = new AdsHoldings();
    return { token, held, client: connectOne(facts, { token, held }) };
  });
  await all(herd, configured);
  const configureAllMs = now() - started;
  await sleep(3000);
  const cpuMsPerProxy = (cpuMicros([control.pid]) - cpuBefore) / 1000 / proxies;
  await sleep(MEMORY_SETTLES_MS);
  const memoryMbPerProxy = (rssBytes(control.pid) - memoryBefore) / 2 ** 20 / proxies;
  const refusedStreams = herd.filter(({ client }) => client.over !== undefined).length;
  const controlPlaneMb = rssBytes(control.pid) / 2 ** 20;
  const changes = proxies > 500 ? 10 : 20;
  progress(`a route changes, ${changes} times`);
  const routeChanges = Array.from({ length: changes }, (_, n) => () => mesh.apply([route(`m${n}`)]));
  const routeResult = await measureChange(herd, control.pid, routeChanges, 'routes');
  progress(`an endpoint changes, ${changes} times`);
  const endpointChanges = Array.from({ length: changes }, (_, n) => () => mesh.apply([workload('w0', 's0', `10.9.0.${n + 1}`)]));
  const endpointResult = await measureChange(herd, control.pid, endpointChanges, 'endpoints');
  progress('idle');
  const idleBefore = cpuMicros([control.pid]);
  await sleep(5000);
  const idleCpuMsPerSecond = (cpuMicros([control.pid]) - idleBefore) / 1000 / 5;
  progress('all reconnect, unchanged');
  const reconnect = await measureReconnect(facts, herd, control.pid);
  for (const { client } of herd) client.close();
  return {
    proxies,
    configureAllMs,
    refusedStreams,
    cpuMsPerProxy,
    memoryMbPerProxy,
    controlPlaneMb,
    route: routeResult,
    endpoint: endpointResult,
    reconnect,
    idleCpuMsPerSecond,
  };
}

async function measureReconnect(facts: Facts, herd: readonly Simulated[], pid: number): Promise<HerdResult['reconnect']> {
  for (const { client } of herd) client.close();
  await sleep(1000);
  const cpuBefore = cpuMicros([pid]);
  const started = now();
  for (const one of herd) one.client = connectOne(facts, one);
  const types = ['cluster', 'endpoints', 'listener', 'routes', 'secret'];
  await all(herd, ({ client }) => types.every((type) => client.updates.some((update) => update.type === type)));
  const allMs = now() - started;
  await sleep(1000);
  const resources = herd.reduce((sum, { client }) => sum + client.resources, 0);
  const bytes = herd.reduce((sum, { client }) => sum + client.bytes, 0);
  return { resources, bytesPerProxy: bytes / herd.length, allMs, cpuMsPerProxy: (cpuMicros([pid]) - cpuBefore) / 1000 / herd.length };
}
