// (b) G5, G7: from sending a changed HTTPRoute to the first answer that shows the change, through a real Envoy; what that takes of the
// control plane, and how much it sends for it. Beside it the floor: the same table given to Envoy by a server that does nothing else.
import type { AdsClient } from '../test/kit/ads-client.ts';
import { cpuMicros } from '../test/kit/cpu.ts';
import { freePort, type Program, TestMesh } from '../test/kit/test-mesh.ts';
import { type FloorResult, measureFloor, type RouteTable, serverOn } from './floor.ts';
import { connect, factsOf, join } from './join.ts';
import { type Probed, probe, startProber } from './probe.ts';
import { percentile } from './statistics.ts';

export interface PropagationResult {
  readonly routes: number;
  readonly placed: 'one' | 'on one service' | 'ten per service';
  readonly changes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly wrongAnswers: number;
  /** CPU of the control plane per change, everything that follows from it included. */
  readonly cpuMs: number;
  readonly bytes: { readonly sent: number; readonly changed: number };
  /** Where the same table is given to Envoy by a trivial server. */
  readonly floor?: FloorResult;
}

export interface PropagationOptions {
  readonly changes: number;
  readonly counts: readonly number[];
  readonly progress: (text: string) => void;
}

const SINGLE_MS = 60;
const BYTES_CHANGES = 20;
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function service(name: string, port: number): unknown {
  const ports = [{ name: 'http', port: 80, targetPort: port, appProtocol: 'http' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'bench' }, spec: { selector: { app: 'target' }, ports } };
}

function route(n: number, parent: string, mark: string): unknown {
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-mark', value: mark }] } }];
  const rules = [{ matches: [{ path: { type: 'PathPrefix', value: `/r${n}` } }], filters, backendRefs: [{ name: parent, port: 80 }] }];
  const spec = { parentRefs: [{ group: '', kind: 'Service', name: parent }], rules };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: `r${n}`, namespace: 'bench' }, spec };
}

/** Everybody is told of everything: what is learned in time would be another measurement. */
const EVERYTHING = {
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Scope',
  metadata: { name: 'everything', namespace: 'bench' },
  spec: { services: ['*'] },
};

/** A mesh with its routes, and somebody in it who asks. */
interface Scene {
  readonly stage: TestMesh;
  readonly control: Program;
  readonly prober: Program;
  readonly routes: number;
  readonly perService: number;
}

const parentOf = ({ perService }: Pick<Scene, 'perService'>, n: number): string => `s${Math.floor(n / perService)}`;
const probedOf = (scene: Scene, n: number): Probed => ({ address: `${parentOf(scene, n)}.bench.mesh`, path: `/r${n}/x` });
const change = (scene: Scene, n: number, mark: string): Promise<void> => scene.stage.apply([route(n, parentOf(scene, n), mark)]);

async function setScene(stage: TestMesh, routes: number, perService: number): Promise<Scene> {
  const control = await stage.up();
  const appPort = await freePort();
  await stage.apply([EVERYTHING, ...Array.from({ length: Math.ceil(routes / perService) }, (_, n) => service(`s${n}`, appPort))]);
  const documents = Array.from({ length: routes }, (_, n) => route(n, parentOf({ perService }, n), 'start'));
  for (let at = 0; at < routes; at += 500) await stage.apply(documents.slice(at, at + 500));
  const place = ['--service', 'target', '--namespace', 'bench', '--port', String(appPort), '--protocol', 'http'];
  const target = stage.weft(['run', ...place, '--', process.execPath, '-e', serverOn(appPort)]);
  await target.printed(/ready in/);
  const prober = await startProber(stage, ['--service', 'prober', '--namespace', 'bench']);
  return { stage, control, prober, routes, perService };
}

/** Waits until the control plane has nothing left to do for what went before. */
async function calm({ pid }: Program): Promise<void> {
  for (let quiet = 0, waited = 0; quiet < 5 && waited < 100; waited++) {
    const before = cpuMicros([pid]);
    await sleep(200);
    quiet = cpuMicros([pid]) - before < 10_000 ? quiet + 1 : 0;
  }
}

async function measureOne(scene: Scene, changes: number): Promise<Pick<PropagationResult, 'p50Ms' | 'p99Ms' | 'wrongAnswers' | 'cpuMs'>> {
  const { prober, control, routes } = scene;
  await probe(prober, probedOf(scene, 0), '*');
  for (let n = 0; n < 20; n++) await probe(prober, probedOf(scene, 0), `w${n}`, () => change(scene, 0, `w${n}`)); // code becomes warm
  await calm(control);
  const cpuBefore = cpuMicros([control.pid]);
  const all: { ms: number; wrong: number }[] = [];
  for (let n = 0; n < changes; n++) {
    const which = (n * 37) % routes;
    all.push(await probe(prober, probedOf(scene, which), `m${n}`, () => change(scene, which, `m${n}`)));
    await sleep(SINGLE_MS); // single changes, not a storm: the debounce has calmed down
  }
  const times = all.map(({ ms }) => ms);
  await sleep(2000); // statuses are written
  return {
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    wrongAnswers: all.reduce((sum, one) => sum + one.wrong, 0),
    cpuMs: (cpuMicros([control.pid]) - cpuBefore) / 1000 / changes,
  };
}

/** A proxy that only counts: bytes of all messages after a change, and of the resources in them that are not what it had. */
async function measureBytes(scene: Scene, client: AdsClient): Promise<PropagationResult['bytes']> {
  let [sent, changed] = [0, 0];
  for (let n = 0; n < BYTES_CHANGES; n++) {
    const before = new Map([...client.held.types].map(([type, held]) => [type, new Map([...held].map(([name, { version }]) => [name, version]))]));
    client.updates.length = 0;
    const from = client.bytes;
    const which = (n * 37) % scene.routes;
    await change(scene, which, `b${n}`);
    for (let waited = 0; client.updates.length === 0 && waited < 10_000; waited += 5) await sleep(5);
    await sleep(SINGLE_MS);
    sent += client.bytes - from;
    for (const [type, held] of client.held.types) {
      for (const { name, version, body } of held.values())
        if (before.get(type)?.get(name) !== version) changed += body.reduce((sum, { length }) => sum + length, 0);
    }
  }
  return { sent: sent / BYTES_CHANGES, changed: changed / BYTES_CHANGES };
}

const TABLE = 's0.bench.mesh:80';

async function tableWith(scene: Scene, client: AdsClient, mark: string): Promise<RouteTable> {
  await change(scene, 0, mark);
  const wanted = Buffer.from(mark);
  for (let waited = 0; waited < 20_000; waited += 20) {
    const bytes = client.held.of('routes').get(TABLE)?.body[0];
    if (bytes !== undefined && Buffer.from(bytes).includes(wanted)) return { name: TABLE, bytes };
    await sleep(20);
  }
  throw new Error(`no table with ${mark}`);
}

async function measureScene(routes: number, perService: number, { changes, progress }: PropagationOptions): Promise<PropagationResult> {
  await using stage = TestMesh.open();
  const placed = routes === 1 ? 'one' : perService === routes ? 'on one service' : 'ten per service';
  const label = `${routes} routes${routes === 1 ? '' : `, ${placed}`}`;
  progress(`${label}: setting up`);
  const scene = await setScene(stage, routes, perService);
  await calm(scene.control);
  progress(`${label}: ${changes} changes`);
  const times = await measureOne(scene, changes);
  progress(`${label}: bytes of ${BYTES_CHANGES} changes`);
  const facts = await factsOf(stage);
  const client = connect(facts, await join(stage, facts, 'counter'), {});
  for (let waited = 0; client.held.of('routes').get(TABLE) === undefined && waited < 20_000; waited += 20) await sleep(20);
  await calm(scene.control);
  const result = { routes, placed, changes, ...times, bytes: await measureBytes(scene, client) } as const;
  if (placed === 'ten per service') return result;
  progress(`${label}: the floor`);
  const [a, b] = [await tableWith(scene, client, 'floor-a'), await tableWith(scene, client, 'floor-b')];
  client.close();
  const forms = [a, b] as const;
  const floor = await measureFloor(stage, {
    forms,
    cluster: 'outbound|80||s0.bench.mesh',
    path: '/r0/x',
    marks: ['floor-a', 'floor-b'],
    changes: Math.min(changes, 60),
  });
  return { ...result, floor };
}

/** `changes` single changes with so many routes in the mesh: spread over services with ten each, and all on one service. */
export async function measurePropagation(options: PropagationOptions): Promise<readonly PropagationResult[]> {
  const results: PropagationResult[] = [];
  for (const routes of options.counts) {
    for (const perService of routes > 10 ? [10, routes] : [routes]) results.push(await measureScene(routes, perService, options));
  }
  return results;
}
