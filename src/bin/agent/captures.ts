// Which ways of capturing pods the agent of a node has.

import type { AgentRequest } from '../../cli/index.ts';
import { type Captures, nodeCapture, sidecarCapture } from '../../cni/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { Log } from '../logger.ts';

export interface CaptureOptions {
  readonly request: AgentRequest;
  readonly client: KubeClient;
  readonly log: Log;
}

export interface OpenCaptures extends AsyncDisposable {
  readonly captures: Captures;
}

export async function openCaptures({ request }: CaptureOptions): Promise<OpenCaptures> {
  return { captures: { sidecar: sidecarCapture(), node: nodeCapture({ host: request.host }) }, [Symbol.asyncDispose]: async () => {} };
}
