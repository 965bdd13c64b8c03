// The surroundings of a node's Envoy: the machine itself, as a user of its own that may put listeners into other network namespaces.

import { type Command, within } from '../command.ts';
import { machineError } from '../errors.ts';
import { asEnvoyUser, ENVOY_USER, netnsCapture } from './netns/index.ts';
import type { Captured, CaptureOrder } from './port.ts';
import { hostPort } from './tools.ts';

/** Throws `machine/capture-unavailable` where this process may not do that, which takes root. */
export async function nodeSurroundings(order: CaptureOrder): Promise<Captured> {
  const missing = await netnsCapture.missing();
  if (missing.length > 0)
    throw machineError(
      'machine/capture-unavailable',
      `a node's proxy cannot run here: ${missing.join('; ')}\n  it puts listeners into the network namespaces of applications; weft run gives each a proxy of its own without root`,
    );
  return {
    mode: 'netns',
    words: 'node',
    capture: { mode: 'none' },
    bind: '',
    hostLoopback: '',
    proxyPorts: new Map(),
    xdsAddress: hostPort(order.controlPlane.host, order.controlPlane.port),
    envoyUser: ENVOY_USER,
    environment: {},
    envoy: (command: Command) => within([...asEnvoyUser(',+sys_admin'), '--'], command),
    application: (command: Command) => command,
    connect: () => Promise.reject(new Error('a node has no application')),
    listening: () => undefined,
    close: async () => {},
  };
}
