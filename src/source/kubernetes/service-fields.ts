// A Service of a cluster as the mesh reads it. Much of one is about the way from outside to its pods, and about families of addresses: the cluster's own business,
// which kube-proxy and the cloud go on doing. A mesh that said of each of these fields that it is ignored would have a line for every Service there is.
import type { KubeObject } from '../../kube/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/** https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/: what has no meaning between proxies. */
const OF_THE_CLUSTER: ReadonlySet<string> = new Set([
  'clusterIPs',
  'ipFamilies',
  'ipFamilyPolicy',
  'externalIPs',
  'externalTrafficPolicy',
  'healthCheckNodePort',
  'allocateLoadBalancerNodePorts',
  'loadBalancerIP',
  'loadBalancerSourceRanges',
  'loadBalancerClass',
]);

/** The API server writes it beside every sessionAffinity ClientIP. */
const DEFAULT_AFFINITY_SECONDS = 10_800;

function isOfTheCluster(name: string, value: unknown): boolean {
  if (OF_THE_CLUSTER.has(name)) return true;
  if (name === 'internalTrafficPolicy') return value === 'Cluster';
  if (name === 'type') return value === 'NodePort' || value === 'LoadBalancer';
  return name === 'sessionAffinityConfig' && (value as { clientIP?: { timeoutSeconds?: number } }).clientIP?.timeoutSeconds === DEFAULT_AFFINITY_SECONDS;
}

/** The Service without what is not the mesh's. Ports of NodePort and LoadBalancer are the same as those of ClusterIP. */
export function betweenProxies(object: KubeObject): KubeObject {
  const { spec = {} } = object as KubeObject & { readonly spec?: Fields };
  const kept = Object.entries(spec).filter(([name, value]) => !isOfTheCluster(name, value));
  const ports = (spec['ports'] as readonly Fields[] | undefined)?.map(({ nodePort: _, ...port }) => port);
  return { ...object, spec: { ...Object.fromEntries(kept), ...(ports === undefined ? {} : { ports }) } };
}

interface RawPorts {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string; readonly protocol?: string }[];
}

/** Which pods a Service chooses, and their ports that it says by number: a container need not declare them. */
export interface Choice {
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly port: number; readonly protocol: 'TCP' | 'UDP' }[];
}

/** Undefined of a Service that chooses no pods. */
export function choiceOf(object: KubeObject): Choice | undefined {
  const { selector = {}, ports = [] } = (object as KubeObject & { readonly spec?: RawPorts }).spec ?? {};
  if (Object.keys(selector).length === 0) return undefined;
  const numbers = ports.flatMap(({ port, targetPort = port, protocol = 'TCP' }) =>
    typeof targetPort === 'string' || (protocol !== 'TCP' && protocol !== 'UDP') ? [] : [{ port: targetPort, protocol } as const],
  );
  return { selector, ports: numbers };
}

export const chooses = ({ selector }: Choice, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);
