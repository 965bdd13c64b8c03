// (b) G5: from sending a changed HTTPRoute to the first answer that shows the change, through a real Envoy.
import { request } from 'node:http';
import { BenchStage, freePort } from './stage.ts';
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

function ask(proxy: URL, host: string, path: string): Promise<{ status: number; mark: string }> {
  return new Promise((resolve) => {
    const call = request({ host: proxy.hostname, port: proxy.port, path, headers: { host }, agent: false, timeout: 2000 }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, mark: String(answer.headers['x-mark'] ?? '') }));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve({ status: 0, mark: '' }));
    call.end();
  });
}

async function oneChange(stage: BenchStage, proxy: URL, target: { n: number; parent: string }, mark: string): Promise<{ ms: number; wrong: number }> {
  let wrong = 0;
  const sent = performance.now();
  const applied = stage.apply([route(target.n, target.parent, mark)]);
  for (;;) {
    const answer = await ask(proxy, `${target.parent}.bench.mesh`, `/r${target.n}/x`);
    if (answer.status !== 200) wrong++;
    if (answer.mark === mark) break;
    if (performance.now() - sent > 10_000) throw new Error(`change ${mark} did not arrive within 10 s (last answer ${answer.status} ${answer.mark})`);
  }
  const ms = performance.now() - sent;
  await applied;
  return { ms, wrong };
}

async function settled(proxy: URL, target: { n: number; parent: string }): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if ((await ask(proxy, `${target.parent}.bench.mesh`, `/r${target.n}/x`)).mark !== '') return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error('the first configuration did not arrive');
}

/** 200 changes each with 1, 100 and 1,000 routes in the mesh, all on one service and ten per service. */
export async function measurePropagation(changes: number, counts: readonly number[]): Promise<readonly PropagationResult[]> {
  const results: PropagationResult[] = [];
  for (const routes of counts) for (const perService of routes > 10 ? [routes, 10] : [routes]) results.push(await measureOne(routes, perService, changes));
  return results;
}

async function measureOne(routes: number, perService: number, changes: number): Promise<PropagationResult> {
  await using stage = BenchStage.open();
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
  const client = stage.weft(['run', '--service', 'client', '--namespace', 'bench', '--capture', 'explicit', '--', process.execPath, 'bench/idle.js']);
  const proxy = new URL((await client.printed(/proxy=(http:\S+)/))[1] ?? '');
  const pick = (n: number): { n: number; parent: string } => ({ n: (n * 37) % routes, parent: parentOf((n * 37) % routes) });
  await settled(proxy, pick(0));
  const all: { ms: number; wrong: number }[] = [];
  for (let n = 0; n < changes; n++) {
    all.push(await oneChange(stage, proxy, pick(n), `m${n}`));
    await new Promise((done) => setTimeout(done, 60)); // single changes, not a storm: the debounce has calmed down
  }
  const times = all.map(({ ms }) => ms);
  const placed = perService === routes ? 'on one service' : 'ten per service';
  return { routes, placed, changes, p50Ms: percentile(times, 50), p99Ms: percentile(times, 99), wrongAnswers: all.reduce((sum, one) => sum + one.wrong, 0) };
}
