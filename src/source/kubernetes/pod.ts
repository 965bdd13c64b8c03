// A pod as a Workload: one running instance with an identity, an address and a state.
import type { KubeObject } from '../../kube/index.ts';
import { isSubdomain, podNamespacePath } from '../../model/index.ts';
import { gatewayOfPod, PROXY_ROLE } from './gateway-pod.ts';
import { isNodeProxy, type NodeAccount } from './node-pod.ts';

/** What is kept of a pod; the rest of it, which is most, is let go at once. */
export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string | undefined;
  readonly created: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations that say why it has no proxy. */
  readonly noted: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  /** Name of the Gateway whose proxy it is. */
  readonly gateway: string | undefined;
  /** Where the proxy of its application stands: beside it, or on its node. Undefined without one. */
  readonly proxied: 'sidecar' | 'node' | undefined;
  /** Its rules ask its proxy for names of Services of this domain. */
  readonly clusterDomain: string | undefined;
  /** What the proxy of its node answers for it, as the injector noted it. */
  readonly probes: unknown;
  /** It is the proxy of its node. */
  readonly nodeProxy: boolean;
  /** Of IPv4; empty until it has one. */
  readonly address: string;
  /** It has an address of IPv6 too. */
  readonly ipv6: boolean;
  readonly node: string;
  readonly ports: readonly PodPort[];
  readonly state: 'Starting' | 'Ready' | 'Draining';
  /** Called not ready at this moment (ms) by somebody else than its kubelet, to which it was ready: its node was given up (nodes.ts). */
  readonly givenUpAt: number | undefined;
  /** It has run to its end. */
  readonly over: boolean;
}

export interface PodPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

interface Container {
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[];
  readonly restartPolicy?: string;
}

interface RawPod extends KubeObject {
  readonly spec?: {
    readonly serviceAccountName?: string;
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly readinessGates?: readonly { readonly conditionType: string }[];
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip?: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[];
  };
}

const isIpv4 = (address: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(address);

/** A pod that leaves still serves what it has begun; one that is not ready gets nothing new, whatever it was before. */
function stateOf({ metadata, status }: RawPod): PodFacts['state'] {
  if (metadata.deletionTimestamp !== undefined) return 'Draining';
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true ? 'Ready' : 'Starting';
}

/** A kubelet says Ready when all containers and readiness gates are; who gives a node up changes Ready alone. */
function givenUpAt({ metadata, spec, status }: RawPod): number | undefined {
  const conditions = new Map(status?.conditions?.map((each) => [each.type, each]));
  const ready = conditions.get('Ready');
  const wanted = ['ContainersReady', ...(spec?.readinessGates ?? []).map(({ conditionType }) => conditionType)];
  if (metadata.deletionTimestamp !== undefined || ready === undefined || ready.status === 'True') return undefined;
  return wanted.every((type) => conditions.get(type)?.status === 'True') ? Date.parse(ready.lastTransitionTime ?? '') || 0 : undefined;
}

/** Ports of containers that run beside each other: the first that says a number or a name has it. */
function portsOf({ spec }: RawPod): readonly PodPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const found = new Map<string, PodPort>();
  const names = new Set<string>();
  for (const { name = '', containerPort, protocol = 'TCP' } of [...(spec?.containers ?? []), ...sidecars].flatMap(({ ports }) => ports ?? [])) {
    const id = `${protocol} ${containerPort}`;
    if ((protocol !== 'TCP' && protocol !== 'UDP') || found.has(id)) continue;
    found.set(id, { name: names.has(name) ? '' : name, port: containerPort, protocol });
    if (name !== '') names.add(name);
  }
  return [...found.values()];
}

/** As the injector writes and reads them (src/inject/names.ts). */
const NOTED: ReadonlySet<string> = new Set(['weft.dev/inject', 'weft.dev/left-alone']);
const PROBES = 'weft.dev/probes';
const CLUSTER_DOMAIN = 'weft.dev/cluster-domain';

/** As the injector writes it; what is no JSON is refused where the document is read. */
function probesOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Which version of Weft injected it, out of what the injector wrote down (src/inject/record.ts). */
function proxyVersion(record: string | undefined): Readonly<Record<string, string>> {
  const [, version] = /"version":"([0-9A-Za-z.+-]{1,64})"/.exec(record ?? '') ?? [];
  return version === undefined ? {} : { 'weft.dev/proxy-version': version };
}

/** What a pod is to a mesh. `nodes`: whose pods are the proxies of nodes, nobody's without. */
export function podFacts(object: KubeObject, nodes?: NodeAccount): PodFacts {
  const pod = object as RawPod;
  const role = pod.metadata.annotations?.[PROXY_ROLE];
  const addresses = [pod.status?.podIP ?? '', ...(pod.status?.podIPs ?? []).map(({ ip }) => ip ?? '')];
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    uid: pod.metadata.uid,
    created: pod.metadata.creationTimestamp,
    labels: pod.metadata.labels ?? {},
    noted: {
      ...Object.fromEntries(Object.entries(pod.metadata.annotations ?? {}).filter(([name]) => NOTED.has(name))),
      ...proxyVersion(pod.metadata.annotations?.['weft.dev/injected']),
    },
    serviceAccount: pod.spec?.serviceAccountName ?? 'default',
    gateway: gatewayOfPod({
      labels: pod.metadata.labels ?? {},
      annotations: pod.metadata.annotations ?? {},
      serviceAccount: pod.spec?.serviceAccountName ?? 'default',
    }),
    // Rules in the node's own network namespace would capture the node.
    proxied: (role === 'sidecar' || role === 'node') && pod.spec?.hostNetwork !== true ? role : undefined,
    clusterDomain: isSubdomain(pod.metadata.annotations?.[CLUSTER_DOMAIN] ?? '') ? pod.metadata.annotations?.[CLUSTER_DOMAIN] : undefined,
    probes: role === 'node' ? probesOf(pod.metadata.annotations?.[PROBES]) : undefined,
    nodeProxy: isNodeProxy(pod, nodes),
    address: addresses.find(isIpv4) ?? '',
    ipv6: addresses.some((each) => each.includes(':')),
    node: pod.spec?.nodeName ?? '',
    ports: portsOf(pod),
    state: stateOf(pod),
    givenUpAt: givenUpAt(pod),
    over: pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed',
  };
}

/** Its application's ports, and by whom they are reached: its proxy, or nobody. Or whose proxy it is, which has the ports that its Gateway says. */
function servedBy(facts: PodFacts, { called, node }: PodPlace): Readonly<Record<string, unknown>> {
  const { gateway, proxied, ipv6, ports, nodeProxy, clusterDomain } = facts;
  if (nodeProxy) return { node: true, proxy: { capture: { mode: 'none' } } };
  if (gateway !== undefined) return { gateway, proxy: { capture: { mode: 'none' }, bind: '0.0.0.0' } };
  if (proxied === undefined) return { ports, plaintext: true };
  const said = new Set(ports.map(({ port, protocol }) => `${protocol} ${port}`));
  const undeclared = called.filter(({ port, protocol }) => !said.has(`${protocol} ${port}`));
  const capture = { mode: 'pod', ...(ipv6 ? { ipv6 } : {}), ...(clusterDomain === undefined ? {} : { clusterDomain }) };
  const proxy = proxied === 'sidecar' ? { capture } : { capture: { ...capture, ...entered(facts) }, node };
  return { ports: [...ports, ...undeclared], proxy };
}

/** How the proxy of its node gets to it. */
function entered({ uid = '', address, probes }: PodFacts): Readonly<Record<string, unknown>> {
  return { netns: podNamespacePath(uid, address), ...(probes === undefined ? {} : { probes }) };
}

export interface PodPlace {
  readonly zone: string;
  /** It was given up together with most of the cluster, which says nothing of it: it is what its kubelet said last. */
  readonly excused: boolean;
  /** Workload of the proxy of its node, which need not exist. */
  readonly node: string;
  /** Ports that Services say by number: Kubernetes sends there, whether a container declares them or not. Each once. */
  readonly called: readonly PodPort[];
}

/** The Workload of a pod, as a document that is still to be parsed; undefined while it has no address of IPv4, and when it has ended. */
export function workloadOf(facts: PodFacts, place: PodPlace): Readonly<Record<string, unknown>> | undefined {
  if (facts.over || facts.address === '') return undefined;
  return {
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Workload',
    metadata: {
      name: facts.name,
      namespace: facts.namespace,
      labels: facts.labels,
      ...(Object.keys(facts.noted).length === 0 ? {} : { annotations: facts.noted }),
      ...(facts.uid === undefined ? {} : { uid: facts.uid }),
      ...(facts.created === undefined ? {} : { creationTimestamp: facts.created }),
    },
    spec: {
      serviceAccount: facts.serviceAccount,
      address: facts.address,
      zone: place.zone,
      machine: facts.node,
      state: place.excused ? 'Ready' : facts.state,
      ...servedBy(facts, place),
    },
  };
}
