// A pod as a Workload: one running instance with an identity, an address and a state.
import type { KubeObject } from '../../kube/index.ts';
import { gatewayOfPod, PROXY_ROLE } from './gateway-pod.ts';

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
  /** It has a proxy beside its application. */
  readonly sidecar: boolean;
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

/** What a pod is to a mesh. */
export function podFacts(object: KubeObject): PodFacts {
  const pod = object as RawPod;
  const addresses = [pod.status?.podIP ?? '', ...(pod.status?.podIPs ?? []).map(({ ip }) => ip ?? '')];
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    uid: pod.metadata.uid,
    created: pod.metadata.creationTimestamp,
    labels: pod.metadata.labels ?? {},
    noted: Object.fromEntries(Object.entries(pod.metadata.annotations ?? {}).filter(([name]) => NOTED.has(name))),
    serviceAccount: pod.spec?.serviceAccountName ?? 'default',
    gateway: gatewayOfPod({
      labels: pod.metadata.labels ?? {},
      annotations: pod.metadata.annotations ?? {},
      serviceAccount: pod.spec?.serviceAccountName ?? 'default',
    }),
    // Rules in the node's own network namespace would capture the node.
    sidecar: pod.metadata.annotations?.[PROXY_ROLE] === 'sidecar' && pod.spec?.hostNetwork !== true,
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
function servedBy({ gateway, sidecar, ipv6, ports }: PodFacts, called: readonly PodPort[]): Readonly<Record<string, unknown>> {
  if (gateway !== undefined) return { gateway, proxy: { capture: { mode: 'none' }, bind: '0.0.0.0' } };
  if (!sidecar) return { ports, plaintext: true };
  const said = new Set(ports.map(({ port, protocol }) => `${protocol} ${port}`));
  const undeclared = called.filter(({ port, protocol }) => !said.has(`${protocol} ${port}`));
  return { ports: [...ports, ...undeclared], proxy: { capture: { mode: 'pod', ...(ipv6 ? { ipv6 } : {}) } } };
}

export interface PodPlace {
  readonly zone: string;
  /** It was given up together with most of the cluster, which says nothing of it: it is what its kubelet said last. */
  readonly excused: boolean;
  /** Ports that Services say by number: Kubernetes sends there, whether a container declares them or not. Each once. */
  readonly called: readonly PodPort[];
}

/** The Workload of a pod, as a document that is still to be parsed; undefined while it has no address of IPv4, and when it has ended. */
export function workloadOf(facts: PodFacts, { zone, called, excused }: PodPlace): Readonly<Record<string, unknown>> | undefined {
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
      zone,
      machine: facts.node,
      state: excused ? 'Ready' : facts.state,
      ...servedBy(facts, called),
    },
  };
}
