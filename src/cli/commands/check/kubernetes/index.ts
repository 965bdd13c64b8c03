// weft check --pre --kubernetes: would `weft install` work in this cluster, and pods be meshed there? One small file for each subject.
import type { KubeClient } from '../../../../kube/index.ts';
import { openKube } from '../../../client/kube.ts';
import type { Invocation, Options } from '../../../command.ts';
import type { Line, Section } from '../line.ts';
import { gatewayApiLine } from './gateway-api.ts';
import { hereLine } from './here.ts';
import { meshesLine } from './meshes.ts';
import { nodesLine } from './nodes.ts';
import { podSecurityLine } from './pod-security.ts';
import { rightsLine } from './rights.ts';
import { versionLine } from './version.ts';

const LINES: readonly ((client: KubeClient) => Promise<Line>)[] = [versionLine, rightsLine, gatewayApiLine, nodesLine, meshesLine, podSecurityLine, hereLine];

/** The section of the cluster that KUBECONFIG names. Throws WeftError when it cannot be asked at all. */
export async function kubernetesSections(invocation: Invocation, options: Options): Promise<readonly Section[]> {
  using client = openKube(invocation, options);
  await client.raw('/version');
  return [{ name: 'this kube cluster', lines: await Promise.all(LINES.map((look) => look(client))) }];
}
