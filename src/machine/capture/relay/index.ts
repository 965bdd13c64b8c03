// Capture for an ordinary user with nothing but user namespaces: Envoy and the application share a namespace with only `lo`, and all
// that leaves or enters goes through Unix sockets in the run folder to this process, which stands on the host. Keys stay in Envoy.
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { type Command, within } from '../../command.ts';
import { bindInside, connectInside } from '../door.ts';
import { freePorts } from '../free-port.ts';
import { type Holder, holdNamespace } from '../holder.ts';
import { listeningOf } from '../listening.ts';
import { LO_ONLY_SETUP, RESOLVER_ADDRESS } from '../lo-only.ts';
import type { Captured, CaptureOrder, CaptureWay } from '../port.ts';
import { hostResolvers } from '../resolvers.ts';
import { tool } from '../tools.ts';
import { applicationIn, enterOf, missingUserNamespace } from '../user-namespace.ts';
import { openConnectProxy } from './connect-proxy.ts';
import { forwardNames } from './names.ts';
import { openInbound, openOutbound } from './pipes.ts';
import { noCounts, type RelayCounts } from './splice.ts';

// Each connection is two sockets here; beyond this a service wants pasta or root, and the file limit of a shell is near.
const MAX_CONNECTIONS = 4000;
const SETUP = `${LO_ONLY_SETUP}\nip addr add ${RESOLVER_ADDRESS}/32 dev lo`;

async function missing(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [`network namespaces are a thing of Linux, and this is ${process.platform}`];
  return missingUserNamespace();
}

interface Relay {
  readonly proxyPorts: ReadonlyMap<number, number>;
  readonly servers: readonly { close(): unknown }[];
}

async function openRelay(order: CaptureOrder, names: DatagramSocket, counts: RelayCounts): Promise<Relay> {
  const limits = { counts, maxConnections: MAX_CONNECTIONS };
  const ports = await freePorts(order.address, order.ports.length);
  const out: Server = await openConnectProxy({ path: join(order.folder, 'out.sock'), connectTimeoutMs: 10_000, ...limits });
  const xds = await openOutbound(join(order.folder, 'xds.sock'), order.controlPlane, limits);
  const inbound = await Promise.all(ports.map((port) => openInbound({ host: order.address, port }, join(order.folder, 'in.sock'), limits)));
  const resolvers = hostResolvers().map((address) => ({ address, port: 53 }));
  forwardNames(names, { resolvers, counts: noCounts(), maxQuestions: 256, timeoutMs: 2000 });
  return { proxyPorts: new Map(order.ports.map((port, at) => [port, ports[at] ?? 0])), servers: [out, xds, ...inbound, names] };
}

async function prepare(order: CaptureOrder): Promise<Captured> {
  const holder = await holdNamespace({ outer: [tool('unshare'), '-Urn'], setup: SETUP, rest: 'cat', janitor: order.janitor });
  try {
    const names = await bindInside(enterOf(holder.pid), RESOLVER_ADDRESS, 53);
    return captured(order, holder, await openRelay(order, names, noCounts()));
  } catch (cause) {
    await holder.close();
    throw cause;
  }
}

function captured(order: CaptureOrder, holder: Holder, { proxyPorts, servers }: Relay): Captured {
  return {
    mode: 'relay',
    words: 'transparent (user namespace, relay)',
    capture: { mode: 'relay', directory: order.folder, resolvers: [RESOLVER_ADDRESS] },
    bind: '',
    hostLoopback: '',
    proxyPorts,
    xdsAddress: `unix:${join(order.folder, 'xds.sock')}`,
    environment: {},
    envoy: (command: Command) => within(enterOf(holder.pid), command),
    application: (command: Command) => applicationIn(holder.pid, command),
    connect: (port) => connectInside(enterOf(holder.pid), '127.0.0.1', port),
    listening: () => listeningOf(holder.pid),
    close: async () => {
      for (const server of servers) server.close();
      await holder.close();
    },
  };
}

/** An ordinary user with user namespaces, nft and Node. */
export const relayCapture: CaptureWay = { mode: 'relay', missing, prepare };
