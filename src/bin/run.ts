// `weft run`: a process of this machine as a workload of the mesh.
import { type RunOptions, runGateway, runNode, runWorkload } from '../machine/index.ts';

/** Runs until the application has ended, a gateway or a node until it is told to stop; its exit code. Throws WeftErrors of the machine room before it starts. */
export async function run(options: RunOptions): Promise<number> {
  if (options.node?.role === 'proxy') return runNode(options);
  return options.gateway === undefined ? runWorkload(options) : runGateway(options);
}
