// `weft node`: one Envoy for the applications that `weft run --node` hands to it, on this machine.
import { basename, dirname } from 'node:path';
import { pause } from '../command.ts';
import { machineError } from '../errors.ts';
import type { RunOptions } from '../options.ts';
import { openFixedFolder } from '../run-folder.ts';
import { serveUntilTold } from '../serve-until-told.ts';
import { LAST_ANSWERS_SECONDS, REAL_PARTS, type RunParts, type Standing } from '../set-up.ts';
import { NodeDoor } from './door.ts';

/** Lets Envoy say on every connection that it is the last answer, then stops. Applications stay, and wait for the node to come back. */
async function windDown(options: RunOptions, { envoy }: Standing, now: AbortSignal): Promise<void> {
  await envoy.drainListeners();
  const until = performance.now() + Math.min(options.drainSeconds, LAST_ANSWERS_SECONDS) * 1000;
  while (!now.aborted && performance.now() < until && (await envoy.active()) > 0) await pause(100, now);
}

function openDoor(socket: string, { joined, client, request, lease }: Standing, tell: (line: string) => void): Promise<NodeDoor> {
  return NodeDoor.open({
    path: socket,
    welcome: { node: joined.workload, adminSocket: request.envoy.adminSocket },
    join: (asked) => client.join({ ...asked, node: 'served', envoy: request.envoy }, lease.token),
    leave: (token) => client.leave(token),
    tell,
  });
}

/**
 * Serves workloads until SIGTERM or SIGINT arrives; returns the exit code (0 after an orderly end). Throws WeftErrors of `MACHINE_ERRORS` before it
 * serves. Must be called on the main thread.
 */
export async function runNode(options: RunOptions, given: Partial<RunParts> = {}): Promise<number> {
  const parts = { ...REAL_PARTS, ...given };
  const { socket } = options.node ?? {};
  if (socket === undefined) throw machineError('machine/usage', 'a node needs a socket');
  openFixedFolder(basename(dirname(socket)));
  await NodeDoor.refuseTaken(socket);
  return serveUntilTold(options, parts, {
    begin: async (standing, undo) => {
      const door = await openDoor(socket, standing, options.quiet ? () => {} : parts.tell);
      undo.push(() => door.close());
      return `node ${standing.joined.workload} takes workloads at ${socket}`;
    },
    windDown: (standing, now) => windDown(options, standing, now),
  });
}
