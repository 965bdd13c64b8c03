import type { Values } from '../../../../install/index.ts';
import type { KubeClient, ResourceType } from '../../../../kube/index.ts';
import { at, CONFIG_MAPS, listAll, NAMESPACES, NODES } from '../../../client/kube.ts';
import { type Finding, finding, type Line } from '../line.ts';
import { lineOf } from './line-of.ts';

const CLASSES: ResourceType = { group: 'scheduling.k8s.io', version: 'v1', plural: 'priorityclasses', kind: 'PriorityClass', namespaced: false };
const CLAIMS: ResourceType = { group: '', version: 'v1', plural: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', namespaced: true };

interface Named {
  /** Of the value. */
  readonly path: string;
  readonly type: ResourceType;
  readonly name: string;
  readonly namespace?: string;
}

/** Objects that values name and do not bring. */
function namedBy({ namespace, controlPlane, webhooks, secrets, gateways }: Values): readonly Named[] {
  const one = (path: string, type: ResourceType, name: string | undefined): readonly Named[] =>
    name === undefined ? [] : [{ path, type, name, ...(type.namespaced ? { namespace } : {}) }];
  const provision = Array.isArray(gateways.provision) ? gateways.provision : [];
  return [
    ...one('controlPlane.priorityClassName', CLASSES, controlPlane.priorityClassName),
    ...one('controlPlane.data.claim', CLAIMS, controlPlane.data.claim),
    ...one('webhooks.clientAuthority', CONFIG_MAPS, webhooks.clientAuthority),
    ...secrets.flatMap((each, index) => one(`secrets[${index}].namespace`, NAMESPACES, each.namespace)),
    ...provision.flatMap((each, index) => one(`gateways.provision[${index}]`, NAMESPACES, each)),
  ];
}

async function absent(client: KubeClient, { path, type, name, namespace }: Named): Promise<readonly Finding[]> {
  const found = await client.get(type, { name, ...(namespace === undefined ? {} : { namespace }) });
  if (found !== undefined) return [];
  const where = namespace === undefined ? '' : ` -n ${namespace}`;
  return [finding('WEFT2488', `${path}: there is no ${type.kind} ${name}${where}`, { next: `kubectl${where} get ${type.plural}` })];
}

/** Labels that no node has: what wants them stays Pending. */
async function nowhere(client: KubeClient, { controlPlane, injection, node }: Values): Promise<readonly Finding[]> {
  const agents = injection.interception === 'CNI' || node.proxy.enabled;
  const wanted = [['controlPlane.nodeSelector', controlPlane.nodeSelector], ...(agents ? [['node.nodeSelector', node.nodeSelector] as const] : [])] as const;
  const asked = wanted.filter(([, labels]) => Object.keys(labels).length > 0);
  const nodes = asked.length === 0 ? [] : await listAll(client, NODES);
  const fits = (labels: Readonly<Record<string, string>>): boolean =>
    nodes.some((each) => Object.entries(labels).every(([name, value]) => at(each, 'metadata', 'labels', name) === value));
  return asked
    .filter(([, labels]) => !fits(labels))
    .map(([path, labels]) =>
      finding(
        'WEFT2488',
        `${path}: no node has the labels ${Object.entries(labels)
          .map((each) => each.join('='))
          .join(', ')}`,
        { next: 'kubectl get nodes --show-labels' },
      ),
    );
}

/** What the values name, and somebody else must have made. */
export function namedLine(client: KubeClient, values: Values): Promise<Line> {
  return lineOf('values', 'what the values name is there', async (): Promise<readonly Finding[]> => {
    const all = await Promise.all([...namedBy(values).map((each) => absent(client, each)), nowhere(client, values)]);
    return all.flat();
  });
}
