// `weft run` with a control plane that is a function: node workload.ts '<JSON of WorkloadOrder>'. Writes what it is asked and told, a JSON
// line each, to the file `order.events`.
import { appendFileSync } from 'node:fs';
import type { CaptureMode } from '../../../src/machine/index.ts';
import { type MachineClient, parsePorts, runWorkload } from '../../../src/machine/index.ts';
import { type Peer, staticBootstrap } from './bootstrap.ts';

export interface WorkloadOrder {
  readonly service: string;
  readonly capture: CaptureMode | 'auto';
  readonly ports: readonly string[];
  readonly peers: readonly Peer[];
  readonly command: readonly string[];
  readonly envoy: string;
  readonly events: string;
}

const order = JSON.parse(process.argv[2] ?? '') as WorkloadOrder;
const note = (event: string, value: unknown = null): void => appendFileSync(order.events, `${JSON.stringify({ event, value })}\n`);

const client: MachineClient = {
  join: async (request) => {
    note('join', request);
    const identity = `spiffe://example.mesh/ns/default/sa/${order.service}`;
    return {
      workload: `default/${order.service}-1`,
      identity,
      proxyToken: 'first',
      renewAfterMs: 300,
      leaseMs: 60_000,
      rootPem: '',
      bootstrap: staticBootstrap(request, order.peers),
      createdService: '',
    };
  },
  renew: async () => {
    note('renew');
    return { proxyToken: 'next', renewAfterMs: 60_000, leaseMs: 60_000, rootPem: '' };
  },
  trust: () => {},
  report: async (_token, report) => {
    note('report', report);
    return { seen: 1, total: 1 };
  },
  leave: async () => note('leave'),
  close: () => {},
};

process.exitCode = await runWorkload(
  {
    ...order,
    ports: parsePorts(order.ports),
    createService: true,
    labels: {},
    joinToken: async () => 'join-token',
    controlPlane: { host: '127.0.0.1', port: 7401 },
    address: '127.0.0.1',
    zone: '',
    weight: 1,
    upstreams: [],
    drainSeconds: 5,
    graceSeconds: 5,
    env: process.env,
    quiet: false,
    verbose: false,
  },
  {
    obtain: async () => ({ path: order.envoy, version: '1.40.0', from: 'cache' }),
    connect: async () => client,
    tell: (line) => {
      note('tell', line);
      process.stderr.write(`${line}\n`);
    },
  },
);
