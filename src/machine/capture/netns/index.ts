// Capture as root: the application alone in an anonymous network namespace; Envoy in the host's, unprivileged but for the one
// capability that lets it put its listeners into the other namespace (measured: CAP_SYS_ADMIN, not CAP_NET_ADMIN).
import { attempt, type Command, within } from '../../command.ts';
import { connectInside } from '../door.ts';
import { freePorts } from '../free-port.ts';
import { type Holder, holdNamespace } from '../holder.ts';
import { listeningOf } from '../listening.ts';
import { LO_ONLY_SETUP } from '../lo-only.ts';
import type { Captured, CaptureOrder, CaptureWay } from '../port.ts';
import { hostResolvers } from '../resolvers.ts';
import { hostPort, missingTools, tool } from '../tools.ts';

// Envoy's user, as everywhere in this field. It has no entry in passwd and needs none. The holder is of the same user, because
// /proc/PID/ns/net may be opened by its own user only.
const ENVOY_UID = 1337;
export const ENVOY_USER = { uid: ENVOY_UID, gid: ENVOY_UID };

/** Programs in front of one that is to be of Envoy's user, with these capabilities besides none. */
export function asEnvoyUser(capabilities: string): readonly string[] {
  const only = `-all${capabilities}`;
  const user = ['--reuid', String(ENVOY_UID), '--regid', String(ENVOY_UID), '--clear-groups'];
  return [tool('setpriv'), ...user, '--inh-caps', only, '--ambient-caps', only, '--bounding-set', only, '--no-new-privs'];
}

/** Who called `sudo`, so that the application is not root just because its surroundings need it. */
function invokingUser(env: NodeJS.ProcessEnv): readonly string[] {
  const { SUDO_UID: uid, SUDO_GID: gid, SUDO_USER: name } = env;
  if (uid === undefined || gid === undefined || !/^\d+$/.test(uid) || !/^\d+$/.test(gid) || uid === '0') return [];
  return ['--reuid', uid, '--regid', gid, ...(name === undefined ? ['--clear-groups'] : ['--init-groups'])];
}

async function missing(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [`network namespaces are a thing of Linux, and this is ${process.platform}`];
  if (process.geteuid?.() !== 0) return ['this is not root'];
  const tools = missingTools(['unshare', 'nsenter', 'setpriv', 'ip', 'nft']);
  if (tools.length > 0) return tools;
  const made = await attempt({
    file: tool('unshare'),
    args: ['-n', tool('nft'), 'add table inet weft { chain c { type nat hook output priority -100; tcp dport 1 redirect to :1; }; }'],
  });
  if (!made.done)
    return [`root may not make a network namespace with nft rules here: ${made.words}\n  in a container: add the capabilities SYS_ADMIN and NET_ADMIN`];
  const lowered = await attempt(within([...asEnvoyUser(',+sys_admin'), '--pdeathsig', 'KILL', '--'], { file: 'true', args: [] }));
  return lowered.done
    ? []
    : [
        `Envoy cannot be given a user of its own here: ${lowered.words}\n  in a container: add SETUID, SETGID and SETPCAP; BusyBox's setpriv is not enough: install util-linux`,
      ];
}

async function prepare(order: CaptureOrder): Promise<Captured> {
  const ports = await freePorts(order.address, order.ports.length);
  const rest = [...asEnvoyUser(''), '--pdeathsig', 'KILL', 'cat'].join(' ');
  const holder = await holdNamespace({ outer: [tool('unshare'), '-n'], setup: LO_ONLY_SETUP, rest, janitor: order.janitor });
  return captured(order, holder, new Map(order.ports.map((port, at) => [port, ports[at] ?? 0])));
}

function captured(order: CaptureOrder, holder: Holder, proxyPorts: ReadonlyMap<number, number>): Captured {
  const enter = [tool('nsenter'), `--net=/proc/${holder.pid}/ns/net`, '--'];
  return {
    mode: 'netns',
    words: 'transparent (network namespace)',
    capture: { mode: 'netns', netns: `/proc/${holder.pid}/ns/net`, resolvers: [...hostResolvers()], directory: order.folder },
    bind: order.address,
    hostLoopback: '',
    proxyPorts,
    xdsAddress: hostPort(order.controlPlane.host, order.controlPlane.port),
    envoyUser: ENVOY_USER,
    environment: {},
    envoy: (command: Command) => within([...asEnvoyUser(',+sys_admin'), '--'], command),
    application: (command: Command) => within([...enter, tool('setpriv'), ...invokingUser(process.env), '--pdeathsig', 'KILL', '--'], command),
    connect: (port) => connectInside(enter, '127.0.0.1', port),
    listening: () => listeningOf(holder.pid),
    close: () => holder.close(),
  };
}

/** Root: one atomic nft file in a namespace with only `lo`. */
export const netnsCapture: CaptureWay = { mode: 'netns', missing, prepare };
