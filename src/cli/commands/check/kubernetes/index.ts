// weft check --pre --kubernetes: would `weft install` work in this cluster, and pods be meshed there? One small file for each subject.

import type { Values } from '../../../../install/index.ts';
import type { KubeClient } from '../../../../kube/index.ts';
import { openKube } from '../../../client/kube.ts';
import type { Invocation, Options } from '../../../command.ts';
import { installationOf } from '../../install/given.ts';
import type { Line, Section } from '../line.ts';
import { domainLine } from './domain.ts';
import { gatewayApiLine } from './gateway-api.ts';
import { hereLine } from './here.ts';
import { meshesLine } from './meshes.ts';
import { namedLine } from './named.ts';
import { nodesLine } from './nodes.ts';
import { podSecurityLine } from './pod-security.ts';
import { rightsLine } from './rights.ts';
import { versionLine } from './version.ts';

const LINES: readonly ((client: KubeClient, values: Values) => Promise<Line>)[] = [
  versionLine,
  rightsLine,
  gatewayApiLine,
  nodesLine,
  namedLine,
  domainLine,
  meshesLine,
  podSecurityLine,
  hereLine,
];

/** The section of the cluster that KUBECONFIG names, for what these values would install. Throws WeftError when it cannot be asked at all, CommandError 65 for values that are none. */
export async function kubernetesSections(invocation: Invocation, options: Options): Promise<readonly Section[]> {
  const { values } = await installationOf(invocation, options);
  using client = openKube(invocation, options);
  await client.raw('/version');
  return [{ name: 'this kube cluster', lines: await Promise.all(LINES.map((look) => look(client, values))) }];
}
