// Capture for an ordinary user with pasta: a user and network namespace that pasta connects to the host, for Envoy; and nested in it
// one with only `lo`, for the application. To Envoy it looks as for root: its listeners stand in the inner namespace.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type Command, pause, within } from '../../command.ts';
import { machineError } from '../../errors.ts';
import { connectInside } from '../door.ts';
import { freePorts } from '../free-port.ts';
import { type Holder, holdNamespace } from '../holder.ts';
import { listeningOf } from '../listening.ts';
import { INSIDE_ADDRESS, LO_ONLY_SETUP, RESOLVER_ADDRESS } from '../lo-only.ts';
import type { Captured, CaptureOrder, CaptureWay } from '../port.ts';
import { hostPort, isLoopback, missingTools, tool } from '../tools.ts';
import { applicationIn, enterOf, missingUserNamespace } from '../user-namespace.ts';

// pasta answers for this address in the namespace and leads it to the loopback of the host.
const GATEWAY = '10.200.0.1';
const TUN = '/dev/net/tun';

async function missing(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [`network namespaces are a thing of Linux, and this is ${process.platform}`];
  if (process.geteuid?.() === 0) return ['pasta is for ordinary users, and this is root'];
  const tools = missingTools(['pasta']);
  if (tools.length > 0) return tools;
  try {
    closeSync(openSync(TUN, 'r+'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const remedy = code === 'ENOENT' ? 'modprobe tun; in a container: --device /dev/net/tun' : `chmod 0666 ${TUN}, which is the usual mode`;
    return [`${TUN} cannot be opened (${code ?? 'error'})\n  ${remedy}`];
  }
  return missingUserNamespace();
}

function startPasta(order: CaptureOrder, pid: number, ports: readonly number[]): { readonly child: ChildProcess; readonly words: () => string } {
  const network = ['-a', INSIDE_ADDRESS, '-n', '24', '-g', GATEWAY, '--dns-forward', RESOLVER_ADDRESS];
  const forward = ['-t', ports.length === 0 ? 'none' : `${order.address}/${ports.join(',')}`, '-u', 'none', '-T', 'none', '-U', 'none'];
  const child = spawn(tool('pasta'), ['-f', '--config-net', ...network, ...forward, String(pid)], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (words.length < 8192) words += chunk.toString();
  });
  child.on('error', (error) => {
    words += error.message;
  });
  order.janitor.watch(child, 'group');
  // without a system logger pasta complains of that for every line it has to say
  const lines = (): string =>
    words
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('Failed to send'))
      .join('; ');
  return { child, words: lines };
}

/** A default route in the namespace: pasta has configured it. */
function connected(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/net/route`, 'utf8')
      .split('\n')
      .some((line) => line.split('\t')[1] === '00000000');
  } catch {
    return false;
  }
}

async function connectOuter(order: CaptureOrder, outer: Holder, ports: readonly number[]): Promise<ChildProcess> {
  const { child, words } = startPasta(order, outer.pid, ports);
  for (let tries = 0; tries < 500 && child.exitCode === null && child.signalCode === null; tries++) {
    if (connected(outer.pid)) return child;
    await pause(10);
  }
  child.kill('SIGKILL');
  throw machineError('machine/capture-unavailable', `pasta did not connect the network namespace: ${words()}`);
}

async function prepare(order: CaptureOrder): Promise<Captured> {
  const ports = await freePorts(order.address, order.ports.length);
  const outer = await holdNamespace({
    outer: [tool('unshare'), '-Urn'],
    setup: 'set -e\nPATH=$PATH:/usr/sbin:/sbin\nip link set lo up',
    rest: 'cat',
    janitor: order.janitor,
  });
  try {
    const pasta = await connectOuter(order, outer, ports);
    const inner = await holdNamespace({ outer: [...enterOf(outer.pid), tool('unshare'), '-n'], setup: LO_ONLY_SETUP, rest: 'cat', janitor: order.janitor });
    return captured(order, { outer, inner, pasta }, new Map(order.ports.map((port, at) => [port, ports[at] ?? 0])));
  } catch (cause) {
    await outer.close();
    throw cause;
  }
}

interface Parts {
  readonly outer: Holder;
  readonly inner: Holder;
  readonly pasta: ChildProcess;
}

function captured(order: CaptureOrder, { outer, inner, pasta }: Parts, proxyPorts: ReadonlyMap<number, number>): Captured {
  const { host, port } = order.controlPlane;
  return {
    mode: 'pasta',
    words: 'transparent (user namespace, pasta)',
    capture: { mode: 'netns', netns: `/proc/${inner.pid}/ns/net`, resolvers: [RESOLVER_ADDRESS], directory: order.folder },
    // the whole namespace is Envoy's; pasta lets in the forwarded ports of the host's address only
    bind: '0.0.0.0',
    hostLoopback: GATEWAY,
    proxyPorts,
    xdsAddress: hostPort(isLoopback(host) ? GATEWAY : host, port),
    environment: {},
    envoy: (command: Command) => within(enterOf(outer.pid), command),
    application: (command: Command) => applicationIn(inner.pid, command),
    connect: (at) => connectInside(enterOf(inner.pid), '127.0.0.1', at),
    listening: () => listeningOf(inner.pid),
    close: async () => {
      pasta.kill('SIGKILL');
      await inner.close();
      await outer.close();
    },
  };
}

/** An ordinary user with pasta and /dev/net/tun. */
export const pastaCapture: CaptureWay = { mode: 'pasta', missing, prepare };
