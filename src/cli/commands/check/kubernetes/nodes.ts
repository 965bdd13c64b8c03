import type { KubeClient, KubeObject } from '../../../../kube/index.ts';
import { listAll, NODES, textAt } from '../../../client/kube.ts';
import { type Finding, finding, type Line } from '../line.ts';
import { lineOf } from './line-of.ts';
import { isOld } from './version.ts';

/** nftables can translate addresses in the families inet and ip6 as we need it since Linux 4.18. */
const KERNEL = [4, 18] as const;

function oldKernel(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return false;
  return Number(major) < KERNEL[0] || (Number(major) === KERNEL[0] && Number(minor) < KERNEL[1]);
}

function why(node: KubeObject): readonly string[] {
  const [kernel, system, kubelet] = ['kernelVersion', 'operatingSystem', 'kubeletVersion'].map((name) => textAt(node, 'status', 'nodeInfo', name));
  return [
    ...(system !== undefined && system !== '' && system !== 'linux' ? [`its system is ${system}`] : []),
    ...(system === 'linux' && oldKernel(kernel ?? '') ? [`its kernel is ${kernel}`] : []),
    ...(isOld(kubelet ?? '') ? [`its kubelet is ${kubelet}`] : []),
  ];
}

/** What nodes say of themselves; whether the kernel has the modules of nftables, nobody can see from here. */
export function nodesLine(client: KubeClient): Promise<Line> {
  return lineOf('nodes', 'every node can run meshed pods', async (): Promise<readonly Finding[]> => {
    const nodes = await listAll(client, NODES);
    return nodes.flatMap((node) =>
      why(node).map((words) => finding('WEFT2470', `node ${node.metadata.name}: ${words}`, { next: `kubectl describe node ${node.metadata.name}` })),
    );
  });
}
