// No capture: the application is told. HTTP by name goes through HTTP_PROXY; each TCP service it wants has a loopback port of its own,
// named in its environment. Works everywhere; what the application does not send this way goes past the mesh.
import { connect, type Socket } from 'node:net';
import { attempt, type Command, within } from '../../command.ts';
import { freePorts } from '../free-port.ts';
import { listeningOf } from '../listening.ts';
import type { Captured, CaptureOrder, CaptureWay, Upstream } from '../port.ts';
import { hostPort, tool } from '../tools.ts';

/** `WEFT_UPSTREAM_CHECKOUT_SHOP_5432` for the service `checkout.shop` and port 5432. */
export function upstreamVariable({ service, port }: Upstream): string {
  return `WEFT_UPSTREAM_${service.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_${port}`;
}

function connectLocal(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.pause();
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function prepare(order: CaptureOrder): Promise<Captured> {
  const [httpPort = 0, ...local] = await freePorts('127.0.0.1', 1 + order.upstreams.length);
  const taken = new Set([httpPort, ...local]);
  // some to spare: both searches begin at random places and may meet
  const free = (await freePorts(order.address, order.ports.length + taken.size)).filter((port) => !taken.has(port));
  const upstreams = order.upstreams.map((upstream, at) => ({ ...upstream, localPort: local[at] ?? 0 }));
  const proxy = `http://127.0.0.1:${httpPort}`;
  const none = 'localhost,127.0.0.1,::1';
  // the parent-death signal exists on Linux only; elsewhere the janitor is what ends the application
  const dying = [tool('setpriv'), '--pdeathsig', 'KILL', '--'];
  const tied = process.platform === 'linux' && (await attempt(within(dying, { file: 'true', args: [] }))).done ? dying : [];
  return {
    mode: 'explicit',
    words: `explicit (HTTP_PROXY=${proxy})`,
    capture: { mode: 'explicit', httpPort, upstreams },
    bind: order.address,
    hostLoopback: '',
    proxyPorts: new Map(order.ports.map((port, at) => [port, free[at] ?? 0])),
    xdsAddress: hostPort(order.controlPlane.host, order.controlPlane.port),
    environment: {
      HTTP_PROXY: proxy,
      http_proxy: proxy,
      NO_PROXY: none,
      no_proxy: none,
      ...Object.fromEntries(upstreams.map((upstream) => [upstreamVariable(upstream), `127.0.0.1:${upstream.localPort}`])),
    },
    envoy: (command: Command) => command,
    application: (command: Command) => within(tied, command),
    connect: connectLocal,
    listening: () => listeningOf('self'),
    close: async () => {},
  };
}

/** Everywhere; captures nothing. */
export const explicitCapture: CaptureWay = { mode: 'explicit', missing: async () => [], prepare };
