// Services without a selector: whoever wrote their EndpointSlices says where they are. Each address becomes a Workload under a label that
// the Service is given as its selector, so that nothing behind the source knows of slices. Services with a selector have their pods.
import type { KubeObject } from '../../kube/index.ts';

/** On Workloads that are made of slices: the name of the Service. */
export const ENDPOINTS_OF = 'weft.dev/endpoints-of';

export interface SliceFacts {
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: 'TCP' | 'UDP' }[];
  readonly endpoints: readonly { readonly address: string; readonly zone: string; readonly state: 'Starting' | 'Ready' | 'Draining' }[];
}

interface RawSlice extends KubeObject {
  readonly addressType?: string;
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[] | null;
  readonly endpoints?:
    | readonly {
        readonly addresses?: readonly string[];
        readonly zone?: string;
        readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
      }[]
    | null;
}

/** Undefined of a slice that Kubernetes makes itself out of a selector (its pods are known), and of one that is not of IPv4. */
export function sliceFacts(object: KubeObject): SliceFacts | undefined {
  const { metadata, addressType, ports, endpoints } = object as RawSlice;
  const service = metadata.labels?.['kubernetes.io/service-name'];
  if (service === undefined || addressType !== 'IPv4') return undefined;
  if (metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === 'endpointslice-controller.k8s.io') return undefined;
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    service,
    ports: (ports ?? []).flatMap(({ name = '', port, protocol = 'TCP' }) =>
      port === undefined || (protocol !== 'TCP' && protocol !== 'UDP') ? [] : [{ name, port, protocol }],
    ),
    endpoints: (endpoints ?? []).flatMap(({ addresses = [], zone = '', conditions = {} }) => {
      // Unset means ready (EndpointSlice API: "nil should be interpreted as true").
      const state = conditions.terminating === true ? 'Draining' : conditions.ready === false ? 'Starting' : 'Ready';
      return addresses.map((address) => ({ address, zone, state }) as const);
    }),
  };
}

/** The Workloads of a slice, as documents that are still to be parsed. */
export function workloadsOf({ name, namespace, service, ports, endpoints }: SliceFacts): readonly Readonly<Record<string, unknown>>[] {
  // Names of a Service's ports may be longer than those of a Workload, and nothing but numbers is asked of these.
  const own = ports.map(({ port, protocol }) => ({ port, protocol }));
  return endpoints.map(({ address, zone, state }) => ({
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Workload',
    metadata: { name: `${name}-${address.replaceAll('.', '-')}`, namespace, labels: { [ENDPOINTS_OF]: service } },
    spec: { address, ports: own, zone, state, plaintext: true },
  }));
}

interface RawService extends KubeObject {
  readonly spec?: { readonly selector?: Readonly<Record<string, string>>; readonly type?: string; readonly ports?: readonly { readonly name?: string }[] };
}

/** Whether its endpoints are what somebody writes into slices. */
export function isSelectorless(object: KubeObject): boolean {
  const { spec } = object as RawService;
  return Object.keys(spec?.selector ?? {}).length === 0 && spec?.type !== 'ExternalName';
}

/** The Service with the label of its slices as selector, and their ports (by name, as Kubernetes matches them) as its target ports. */
export function withSlices(object: KubeObject, slices: readonly SliceFacts[]): KubeObject {
  const { spec } = object as RawService;
  const ports = (spec?.ports ?? []).map((port) => {
    const behind = slices.flatMap(({ ports: own }) => own).find(({ name }) => name === (port.name ?? ''));
    return behind === undefined ? port : { ...port, targetPort: behind.port };
  });
  return { ...object, spec: { ...spec, ports, selector: { [ENDPOINTS_OF]: object.metadata.name } } };
}
