// A control plane of a cluster in a process of its own, so that it can be killed: `node kube-plane-process.ts '{"config":…,"folder":…}'`.
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane } from '../../src/bin/control-plane.ts';
import type { KubeConfig } from '../../src/kube/index.ts';

const { config, folder, leaseTimes, replicaTimes } = JSON.parse(process.argv[2] ?? '') as {
  readonly config: KubeConfig;
  readonly folder: string;
  readonly leaseTimes: { readonly durationMs: number; readonly renewDeadlineMs: number; readonly retryMs: number };
  readonly replicaTimes?: { readonly durationMs: number; readonly renewMs: number; readonly settleMs?: number };
};
const loopback = { host: '127.0.0.1', port: 0 };
const log = (level: string, message: string, details: object): void => void process.stdout.write(`${level} ${message} ${JSON.stringify(details)}\n`);
const running = await openControlPlane({
  directory: folder,
  api: loopback,
  xds: loopback,
  clock: systemClock,
  log,
  kubernetes: { config, leaseTimes, ...(replicaTimes === undefined ? {} : { replicaTimes }) },
});
process.stdout.write(`running ${JSON.stringify({ apiUrl: running.apiUrl, xdsAddress: running.xdsAddress, token: running.adminToken })}\n`);
