// `weft node --kubernetes`: the agent of a node of a kube cluster, until SIGTERM.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AgentRequest } from '../../cli/index.ts';
import { Agent } from '../../cni/index.ts';
import { findKubeConfig, KubeClient } from '../../kube/index.ts';
import { openLog } from '../logger.ts';
import { openCaptures } from './captures.ts';
import { annotationsOfPod } from './pods.ts';

function ended(): Promise<number> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve(0));
    process.once('SIGINT', () => resolve(130));
  });
}

/** Resolves with the exit code. Throws WeftErrors where there is no cluster, and what the system says where the socket cannot be made. */
export async function agent(request: AgentRequest): Promise<number> {
  const log = openLog(request.logLevel);
  const { kubeconfig, context, env, socket } = request;
  const end = ended();
  using client = new KubeClient(
    findKubeConfig(env, { ...(kubeconfig === undefined ? {} : { path: kubeconfig }), ...(context === undefined ? {} : { context }) }),
  );
  await using open = await openCaptures({ request, client, log });
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  await using _listening = await Agent.open({
    socket,
    captures: open.captures,
    annotations: (pod) => annotationsOfPod(client, pod),
    netns: (path) => `${request.host}${path}`,
    tell: (words, details) => log('warn', words, details),
  });
  log('info', 'the agent answers', { node: request.node, socket, captures: Object.keys(open.captures) });
  return await end;
}
