import type { Values } from '../../../../install/index.ts';
import type { KubeClient } from '../../../../kube/index.ts';
import { listAll, NAMESPACES, textAt } from '../../../client/kube.ts';
import { type Finding, finding, type Line } from '../line.ts';
import { lineOf } from './line-of.ts';

/** Namespaces whose label asks for proxies and whose other label forbids what captures their traffic. */
export function podSecurityLine(client: KubeClient, { injection }: Pick<Values, 'injection'>): Promise<Line> {
  return lineOf('pod-security', 'no meshed namespace forbids interception', async (): Promise<readonly Finding[]> => {
    // the agent of a node captures without a capability of the pod
    if (injection.interception === 'CNI') return [];
    const namespaces = await listAll(client, NAMESPACES, 'weft.dev/inject=enabled');
    return namespaces.flatMap((namespace) => {
      const level = textAt(namespace, 'metadata', 'labels', 'pod-security.kubernetes.io/enforce');
      const { name } = namespace.metadata;
      if (level !== 'baseline' && level !== 'restricted') return [];
      return [finding('WEFT2471', `namespace ${name} enforces "${level}"`, { next: `kubectl get namespace ${name} -o yaml` })];
    });
  });
}
