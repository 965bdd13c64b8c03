// One Envoy for a node against an Envoy for each workload: memory by number of workloads, every one with three listeners, a name for every other and an
// identity of its own. The namespaces and the joins are those of `weft run --node`; applications and their `weft run` are left out, they cost the same in both.
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { netnsCapture } from '../src/machine/capture/netns/index.ts';
import type { Captured } from '../src/machine/capture/port.ts';
import { openMachineClient } from '../src/machine/control-plane.ts';
import { Janitor } from '../src/machine/janitor.ts';
import { Lease } from '../src/machine/lease.ts';
import { NodeHost } from '../src/machine/node/host.ts';
import { nodeSocket } from '../src/machine/node/socket-path.ts';
import { openRunFolder } from '../src/machine/run-folder.ts';
import { tree } from '../test/kit/cpu.ts';
import { type Program, TestMesh } from '../test/kit/test-mesh.ts';

export interface NodeMemory {
  readonly workloads: number;
  /** Of the node's Envoy: all that is mapped, and what no other process shares. */
  readonly rssMb: number;
  readonly privateMb: number;
  /** Of one sidecar's Envoy that sees as many services. */
  readonly sidecarRssMb: number;
  readonly sidecarPrivateMb: number;
  readonly joinMs: number;
}

const NAME = `bench${process.pid}`;
const MB = 1024;

function memoryOf(program: Program): { readonly rssMb: number; readonly privateMb: number } {
  const pid = tree(program.pid).find((each) => readFileSync(`/proc/${each}/cmdline`, 'utf8').includes('bootstrap.json'));
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { rssMb: kb('Rss') / MB, privateMb: (kb('Private_Clean') + kb('Private_Dirty')) / MB };
}

interface Guest {
  readonly captured: Captured;
  readonly host: NodeHost;
  readonly lease: Lease;
}

async function join(mesh: TestMesh, janitor: Janitor, { folder, at }: { readonly folder: string; readonly at: number }): Promise<Guest> {
  const service = `s${at}`;
  const { token } = await mesh.call<{ readonly token: string }>('/weft/v1/tokens', { method: 'POST', body: { namespace: 'shop', serviceAccount: service } });
  const controlPlane = { host: '127.0.0.1', port: mesh.xdsPort };
  const captured = await netnsCapture.prepare({ folder, ports: [8080], address: '127.0.0.1', controlPlane, upstreams: [], janitor, tell: () => {} });
  const host = await NodeHost.open(nodeSocket(NAME), () => {});
  const joined = await host.join({
    token,
    service,
    createService: true,
    instance: 'a',
    labels: {},
    address: '127.0.0.1',
    ports: [{ name: 'http', port: 8080, proxyPort: captured.proxyPorts.get(8080) ?? 0, protocol: 'http' }],
    zone: '',
    weight: 1,
    capture: captured.capture,
    bind: captured.bind,
    hostLoopback: '',
    node: 'served',
  });
  const client = await openMachineClient(controlPlane, token);
  const nothing = { keepTrust: () => {}, keepToken: () => {}, joinAgain: async () => undefined, tell: () => {}, random: Math.random };
  const lease = Lease.open({ client, joined, ...nothing });
  await lease.report({ state: 'Ready' });
  return { captured, host, lease };
}

/** Needs root. Counts must grow. */
export async function measureNode(counts: readonly number[], progress: (text: string) => void): Promise<readonly NodeMemory[]> {
  await using mesh = TestMesh.open();
  await mesh.up();
  const node = mesh.weft(['node', '--name', NAME, '--workers', '1']);
  await node.printed(/takes workloads at/);
  const { path } = openRunFolder('bench');
  const janitor = Janitor.open(path);
  const guests: Guest[] = [];
  const found: NodeMemory[] = [];
  for (const count of counts) {
    const began = performance.now();
    const before = guests.length;
    while (guests.length < count) guests.push(await join(mesh, janitor, { folder: path, at: guests.length }));
    const joinMs = (performance.now() - began) / Math.max(1, count - before);
    const last = guests.at(-1);
    await last?.host.ready(120_000, { listeners: ['outbound', 'inbound'] });
    const own = mesh.weft(['run', '--service', `own${count}`, '-n', 'shop', '--', 'sleep', '600']);
    await own.printed(/ready in/);
    // what was made and forgotten while configuring is given back after a while
    await wait(3000);
    const [all, one] = [memoryOf(node), memoryOf(own)];
    found.push({ workloads: count, ...all, sidecarRssMb: one.rssMb, sidecarPrivateMb: one.privateMb, joinMs });
    progress(`${count} workloads: ${all.rssMb.toFixed(0)} MB, private ${all.privateMb.toFixed(0)} MB`);
    own.child.kill('SIGTERM');
  }
  for (const { captured, host, lease } of guests) {
    await lease.close();
    await host.close();
    await captured.close();
  }
  await janitor.close();
  return found;
}
