// `weft node --kubernetes`: the agent of a node of a kube cluster, until SIGTERM.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AgentRequest } from '../../cli/index.ts';
import { Agent } from '../../cni/index.ts';
import { findKubeConfig, KubeClient } from '../../kube/index.ts';
import { openLog } from '../logger.ts';
import { openCaptures } from './captures.ts';
import { clearHost, openHost } from './host.ts';
import { leavesForGood } from './leaving.ts';
import { annotationsOfPod } from './pods.ts';
import { serveReadiness } from './readiness.ts';
import { keepRepairing } from './repairs.ts';
import { openTold } from './told.ts';

/** Where runtimes pin network namespaces (containerd, CRI-O). */
const NAMESPACES = '/run/netns';

function ended(): Promise<number> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve(0));
    process.once('SIGINT', () => resolve(130));
  });
}

/** Where a path of the host is seen from here; /var/run is a link to /run, which leads out of the host's root. */
const seenAt = (host: string, path: string): string => `${host}${path.replace(/^\/var\/run\//, '/run/')}`;

/** Resolves with the exit code. Throws WeftErrors where there is no cluster or the plugin cannot run, and what the system says of its folders. */
export async function agent(request: AgentRequest): Promise<number> {
  const log = openLog(request.logLevel);
  const { kubeconfig, context, env, socket, host, node } = request;
  const end = ended();
  const place = { ...(kubeconfig === undefined ? {} : { path: kubeconfig }), ...(context === undefined ? {} : { context }) };
  using client = new KubeClient(findKubeConfig(env, place));
  const told = openTold({ client, node, log });
  await using open = await openCaptures({ request, client, log });
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  // It answers before anybody asks.
  await using _listening = await Agent.open({
    socket,
    captures: open.captures,
    annotations: (pod) => annotationsOfPod(client, pod),
    netns: (path) => seenAt(host, path),
    tell: (words, details) => log('warn', words, details),
  });
  const keeper = await openHost({ request, told, log });
  await using _ready = await serveReadiness(request.readinessPort, () => keeper.standing);
  const ending = new AbortController();
  const { sidecar } = open.captures;
  const repairing =
    sidecar === undefined ? undefined : keepRepairing({ client, node, capture: sidecar, folder: seenAt(host, NAMESPACES), told, log }, ending.signal);
  log('info', 'the agent answers', { node, socket, captures: Object.keys(open.captures) });
  const code = await end;
  ending.abort();
  if (await leavesForGood(client, request.self)) clearHost(keeper, request);
  else keeper[Symbol.dispose]();
  await repairing;
  return code;
}
