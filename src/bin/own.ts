// What the management API is told of the control plane itself.
import type { ControlPlane, Machines } from '../control/index.ts';
import type { ManagePorts } from '../manage/index.ts';
import type { Health } from './health.ts';
import { listens } from './listens.ts';

export type OwnPorts = Pick<ManagePorts, 'mesh' | 'health' | 'ready' | 'machines'>;

export interface OwnParts {
  readonly plane: ControlPlane;
  readonly machines: Machines;
  readonly health: Health;
  /** Where proxies connect. */
  readonly xdsAddress: string;
}

export function ownPorts({ plane, machines, health, xdsAddress }: OwnParts): OwnPorts {
  return { mesh: () => plane.mesh, health: () => health.view(), ready: () => unready(health, xdsAddress), machines };
}

/** What stands against being asked: the mesh was compiled before anybody could ask. */
async function unready(health: Health, xdsAddress: string): Promise<readonly string[]> {
  const [store, proxies] = await Promise.all([health.storeProblem(), listens(xdsAddress)]);
  return [...(store === '' ? [] : ['store']), ...(proxies ? [] : ['proxies'])];
}
