// The surroundings of a gateway's Envoy: the machine itself. Nothing is captured, and there is no application.
import { attempt, type Command, within } from '../command.ts';
import type { RunOptions } from '../options.ts';
import type { Captured, CaptureOrder } from './port.ts';
import { hostPort, tool } from './tools.ts';

const ENVOY_UID = 1337;

/** Envoy as a user of its own that may bind any port, where this is root and the system can do it. */
async function lowered(): Promise<readonly string[] | undefined> {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return undefined;
  const only = '-all,+net_bind_service';
  const user = ['--reuid', String(ENVOY_UID), '--regid', String(ENVOY_UID), '--clear-groups'];
  const way = [tool('setpriv'), ...user, '--inh-caps', only, '--ambient-caps', only, '--bounding-set', only, '--no-new-privs', '--pdeathsig', 'TERM', '--'];
  return (await attempt(within(way, { file: 'true', args: [] }))).done ? way : undefined;
}

/** The surroundings of a gateway: the machine itself. Nothing is captured, and there is nothing to connect to. */
export async function gatewaySurroundings(order: CaptureOrder, { bind, fallbackPort }: NonNullable<RunOptions['gateway']>): Promise<Captured> {
  const way = await lowered();
  return {
    mode: 'explicit',
    words: `gateway on ${bind}`,
    capture: { mode: fallbackPort === undefined ? 'none' : 'fallback' },
    bind,
    hostLoopback: '',
    proxyPorts: new Map(),
    xdsAddress: hostPort(order.controlPlane.host, order.controlPlane.port),
    ...(way === undefined ? {} : { envoyUser: { uid: ENVOY_UID, gid: ENVOY_UID } }),
    environment: {},
    envoy: (command: Command) => (way === undefined ? command : within(way, command)),
    application: (command: Command) => command,
    connect: () => Promise.reject(new Error('a gateway has no application')),
    listening: () => undefined,
    close: async () => {},
  };
}
