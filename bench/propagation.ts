// (b) G5: from sending a changed HTTPRoute to the first answer that shows the change, through a real Envoy.
import { freePort, type Program, TestMesh } from '../test/kit/test-mesh.ts';
import { percentile } from './statistics.ts';

export interface PropagationResult {
  readonly routes: number;
  readonly placed: 'on one service' | 'ten per service';
  readonly changes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly wrongAnswers: number;
}

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

interface Target {
  readonly n: number;
  readonly parent: string;
}

interface Seen {
  readonly at: number | null;
  readonly wrong: number;
}

/** Asks the prober inside the mesh for the first answer that carries the mark. */
async function seen(prober: Program, { n, parent }: Target, mark: string): Promise<Seen> {
  const answered = prober.printed(new RegExp(`seen (\\{"mark":"${mark === '*' ? '\\*' : mark}".*\\})`));
  prober.child.stdin?.write(`${parent}.bench.mesh /r${n}/x ${mark}\n`);
  return JSON.parse((await answered)[1] ?? '{}') as Seen;
}

async function oneChange(stage: TestMesh, prober: Program, target: Target, mark: string): Promise<{ ms: number; wrong: number }> {
  const arrived = seen(prober, target, mark);
  await new Promise((done) => setTimeout(done, 20)); // the prober is asking before the change is sent
  const sent = performance.timeOrigin + performance.now();
  await stage.apply([route(target.n, target.parent, mark)]);
  const { at, wrong } = await arrived;
  if (at === null) throw new Error(`change ${mark} never arrived`);
  return { ms: at - sent, wrong };
}

/** 200 changes each with 1, 100 and 1,000 routes in the mesh, all on one service and ten per service. */
export async function measurePropagation(changes: number, counts: readonly number[]): Promise<readonly PropagationResult[]> {
  const results: PropagationResult[] = [];
  for (const routes of counts) for (const perService of routes > 10 ? [routes, 10] : [routes]) results.push(await measureOne(routes, perService, changes));
  return results;
}

async function measureOne(routes: number, perService: number, changes: number): Promise<PropagationResult> {
  await using stage = TestMesh.open();
  await stage.up();
  const port = await freePort();
  const parents = Array.from({ length: Math.ceil(routes / perService) }, (_, n) => `s${n}`);
  const parentOf = (n: number): string => parents[Math.floor(n / perService)] ?? 's0';
  await stage.apply(parents.map((name) => service(name, port)));
  await stage.apply(Array.from({ length: routes }, (_, n) => route(n, parentOf(n), 'start')));
  const server = `require('http').createServer((q,s)=>s.end('ok')).listen(${port},'127.0.0.1')`;
  const target = stage.weft([
    'run',
    '--service',
    'target',
    '--namespace',
    'bench',
    '--port',
    String(port),
    '--protocol',
    'http',
    '--capture',
    'explicit',
    '--',
    process.execPath,
    '-e',
    server,
  ]);
  await target.printed(/ready in/);
  const prober = stage.weft(['run', '--service', 'prober', '--namespace', 'bench', '--', process.execPath, 'bench/prober.js']);
  await prober.printed(/prober is ready/);
  const pick = (n: number): Target => ({ n: (n * 37) % routes, parent: parentOf((n * 37) % routes) });
  await seen(prober, pick(0), '*');
  const all: { ms: number; wrong: number }[] = [];
  for (let n = 0; n < changes; n++) {
    all.push(await oneChange(stage, prober, pick(n), `m${n}`));
    await new Promise((done) => setTimeout(done, 60)); // single changes, not a storm: the debounce has calmed down
  }
  const times = all.map(({ ms }) => ms);
  const placed = perService === routes ? 'on one service' : 'ten per service';
  return { routes, placed, changes, p50Ms: percentile(times, 50), p99Ms: percentile(times, 99), wrongAnswers: all.reduce((sum, one) => sum + one.wrong, 0) };
}
