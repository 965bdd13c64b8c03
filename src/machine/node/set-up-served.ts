// From nothing to a workload that its node's proxy serves: a namespace, the node, join by its hands, listeners there. As `setUp`, without an Envoy.
import { rmSync } from 'node:fs';
import { chooseCapture } from '../capture/choose.ts';
import { PlaintextDoors } from '../capture/plaintext.ts';
import type { Captured } from '../capture/port.ts';
import { machineError } from '../errors.ts';
import { Janitor } from '../janitor.ts';
import { Lease } from '../lease.ts';
import type { RunOptions } from '../options.ts';
import { giveTo, openRunFolder, sweepRuns } from '../run-folder.ts';
import { captureOrder, firstToken, instanceOf, type RunParts, refusal, type Standing, type Undo, workloadRequest } from '../set-up.ts';
import { NodeHost } from './host.ts';

/** A workload whose proxy is its node's. */
export type Served = Omit<Standing, 'envoy' | 'request' | 'client'> & { readonly envoy: NodeHost };

async function captured(options: RunOptions, order: Parameters<Awaited<ReturnType<typeof chooseCapture>>['way']['prepare']>[0]): Promise<Captured> {
  if (options.capture !== 'auto' && options.capture !== 'netns')
    throw machineError('machine/usage', `--capture ${options.capture} and --node do not go together: a node serves applications in network namespaces`);
  const { way } = await chooseCapture('netns');
  return way.prepare(order);
}

/** Sets everything up to a node whose proxy has the workload's listeners. Throws WeftErrors of this room; what was begun is in `undo`. */
export async function setUpServed(
  options: RunOptions,
  parts: RunParts,
  { socket, undo, stop }: { readonly socket: string; readonly undo: Undo; readonly stop: AbortSignal },
): Promise<Served | undefined> {
  const { tell } = parts;
  sweepRuns();
  const host = await NodeHost.open(socket, tell);
  undo.push(() => host.close());
  const folder = openRunFolder(options.service);
  undo.push(() => rmSync(folder.path, { recursive: true, force: true }));
  const janitor = Janitor.open(folder.path);
  undo.push(() => janitor.close());
  const surroundings = await captured(options, captureOrder(options, { folder: folder.path, janitor, tell }));
  undo.push(() => surroundings.close());
  // pipes of the node's proxy may come to stand in it
  if (surroundings.envoyUser !== undefined) giveTo(folder, surroundings.envoyUser);
  const token = await firstToken(options);
  const client = await parts.connect(options.controlPlane, token);
  undo.push(() => client.close());
  const request = workloadRequest(options, surroundings, { token, instance: instanceOf(options) });
  if (stop.aborted) return undefined;
  const joined = await host.join(request).catch((cause: unknown) => {
    throw refusal(cause);
  });
  client.trust(joined.rootPem);
  const lease = Lease.open({
    client,
    joined,
    keepTrust: (rootPem) => client.trust(rootPem),
    keepToken: (next) => host.keepToken(next),
    joinAgain: async () => {
      const again = await options.joinToken(true);
      return again === undefined ? undefined : host.join({ ...request, token: again });
    },
    tell,
    random: Math.random,
  });
  undo.push(() => lease.close());
  if (options.ports.length > 0) {
    const doors = PlaintextDoors.open({ folder: folder.path, adminSocket: () => host.adminSocket, address: options.address, tell });
    undo.push(() => doors.close());
  }
  await host.ready(parts.readyWithinMs, { listeners: ['outbound', ...(options.ports.length > 0 ? ['inbound'] : [])], signal: stop });
  return { captured: { ...surroundings, words: `${surroundings.words}, node ${host.node}` }, joined, envoy: host, lease, janitor };
}
