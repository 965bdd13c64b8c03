// (h) A control plane of a kube cluster: 2,000 pods' worth of objects on a real API server (KUBEBUILDER_ASSETS), from start to ready; what a pod
// that comes or goes costs, and what 10,000 endpoints of EndpointSlices weigh.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject, ResourceType } from '../src/kube/index.ts';
import type { KubeApi } from '../test/kit/kube-api.ts';
import { forget, PODS, runPod, SERVICES, startCluster, typeOf } from '../test/kit/kube-world.ts';

export interface KubernetesResult {
  readonly pods: number;
  /** From the start of the process until it has listed everything, and its mesh is in force. */
  readonly readyMs: number;
  readonly restartMs: number;
  readonly memoryMb: number;
  /** Of user and system, for a pod that is made, becomes ready, and is deleted. */
  readonly churnCpuMs: number;
  readonly endpoints: number;
  readonly endpointsMb: number;
}

const SLICES: ResourceType = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', kind: 'EndpointSlice', namespaced: true };
const ROUTES = typeOf('gateway.networking.k8s.io/v1', 'HTTPRoute');
const AT_ONCE = 16;
const PER_SLICE = 100;
/** USER_HZ of Linux. */
const TICK_MS = 10;

class Plane implements AsyncDisposable {
  readonly #child: ChildProcess;
  #printed = '';

  constructor(api: KubeApi, folder: string) {
    const leaseTimes = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };
    const options = JSON.stringify({ config: { ...api.config, namespace: 'weft-system' }, folder, leaseTimes });
    this.#child = spawn(process.execPath, [...process.execArgv, join(import.meta.dirname, '../test/kit/kube-plane-process.ts'), options]);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#printed += chunk.toString();
      });
  }

  async listed(): Promise<void> {
    while (!this.#printed.includes('the cluster has been listed')) {
      if (this.#child.exitCode !== null) throw new Error(this.#printed);
      await pause(10);
    }
  }

  /** RSS, once it does not change any more. */
  async memoryMb(): Promise<number> {
    const read = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))?.[1]) / 1024;
    for (let before = read(); ; ) {
      await pause(2000);
      const now = read();
      if (Math.abs(now - before) < 2) return now;
      before = now;
    }
  }

  cpuMs(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const over = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await over;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function each(count: number, act: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await act(n);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const addressOf = (n: number): string => `10.${1 + Math.floor(n / 65_536)}.${Math.floor(n / 256) % 256}.${n % 256}`;

async function populate(api: KubeApi, pods: number): Promise<void> {
  const services = Math.max(1, Math.floor(pods / 10));
  await each(services, (n) =>
    api.client.create(SERVICES, {
      metadata: { name: `s${n}`, namespace: 'shop' },
      spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    }),
  );
  await each(services, (n) => {
    const rules = [{ backendRefs: [{ name: `s${n}`, port: 80 }] }];
    return api.client.create(ROUTES, {
      metadata: { name: `r${n}`, namespace: 'shop' },
      spec: { parentRefs: [{ group: '', kind: 'Service', name: `s${n}` }], rules },
    });
  });
  await each(pods, (n) => runPod(api, `p${n}`, addressOf(n)));
}

const slice = (n: number): KubeObject => ({
  metadata: { name: `e${n}`, namespace: 'shop', labels: { 'kubernetes.io/service-name': `outside${n}` } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 9000, protocol: 'TCP' }],
  endpoints: Array.from({ length: PER_SLICE }, (_, at) => ({ addresses: [addressOf(200_000 + n * PER_SLICE + at)] })),
});

const CHURNED = 200;

export async function measureKubernetes(pods: number, progress: (text: string) => void): Promise<KubernetesResult> {
  await using api = await startCluster();
  progress(`${pods} pods into a real API server`);
  await populate(api, pods);
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-kube-'));
  try {
    progress('start');
    const began = performance.now();
    const first = await started(api, folder, began);
    progress('restart');
    const again = performance.now();
    await using plane = new Plane(api, folder);
    await plane.listed();
    const restartMs = performance.now() - again;
    const memoryMb = await plane.memoryMb();
    progress(`${CHURNED} pods come and go`);
    const before = plane.cpuMs();
    await each(CHURNED, async (n) => {
      await runPod(api, `churn${n}`, addressOf(100_000 + n));
      await api.client.delete(PODS, { namespace: 'shop', name: `churn${n}` });
    });
    const settled = await plane.memoryMb();
    const churnCpuMs = (plane.cpuMs() - before) / CHURNED;
    const endpoints = 10_000;
    progress(`${endpoints} endpoints`);
    await each(endpoints / PER_SLICE, (n) => api.client.create(SLICES, slice(n)));
    const endpointsMb = (await plane.memoryMb()) - settled;
    return { pods, readyMs: first, restartMs, memoryMb, churnCpuMs, endpoints, endpointsMb };
  } finally {
    forget(folder);
  }
}

async function started(api: KubeApi, folder: string, began: number): Promise<number> {
  await using plane = new Plane(api, folder);
  await plane.listed();
  return performance.now() - began;
}
