// What is wrong with workloads of nodes: 2480–2489.
import type { DiagnosticKind } from './diagnostics.ts';

export const NODES = {
  WEFT2480: {
    severity: 'error',
    title: 'no network namespace for the proxy of a node',
    docs: 'A Workload names a node (spec.proxy.node), but its application does not stand in a network namespace of its own, where alone the proxy of a node can put listeners.',
    hint: 'start it with weft run --node, which writes this',
  },
  WEFT2481: {
    severity: 'warning',
    title: 'no such node',
    docs: 'A Workload names a node that is not in the mesh (any more): nothing serves its application, which therefore reaches nobody.',
    hint: 'start the node again under the same name: weft node --name NAME',
  },
  WEFT2482: {
    severity: 'warning',
    title: 'the node has not proved the workload',
    docs: 'A Workload names a node that has not joined for it: the proxy of a node gets certificates and listeners only of workloads whose join token went through its own hands.',
    hint: 'do not write spec.proxy.node by hand: start the application with weft run --node',
  },
  WEFT2483: {
    severity: 'warning',
    title: 'a patch that nodes leave out',
    docs: 'A ProxyPatch is for a workload that a node serves. One proxy there serves several workloads, which the patch would change as well, so it is left out.',
    hint: 'give the workload a proxy of its own: weft run without --node',
  },
  WEFT2484: {
    severity: 'warning',
    title: 'field of a Workload that only pods have',
    docs: 'A Workload that was written in a kube cluster says that it has a proxy, or is one. Whoever may write documents would get an identity by that, so it is taken from pods, which the API server binds to a service account, and from nothing else.',
    hint: 'leave the field out: pods in meshed namespaces are Workloads by themselves, and weft run registers machines',
  },
  WEFT2485: {
    severity: 'warning',
    title: 'label of a namespace about proxies means nothing',
    docs: 'The label weft.dev/proxy of a namespace says which proxy its pods get: one of their own (sidecar), or that of their node (node). Here it has another value, or the namespace is not in the mesh at all.',
    hint: 'label the namespace weft.dev/inject: enabled, and weft.dev/proxy: node or nothing',
  },
  WEFT2486: {
    severity: 'error',
    title: 'nodes have no proxies',
    docs: 'The pod is to be served by the proxy of its node (weft.dev/proxy: node), and the installation was made without proxies on nodes. The pod is refused: nobody would serve it.',
    hint: 'install with node.enabled: true, or label the pod or its namespace weft.dev/proxy: sidecar',
  },
  WEFT2487: {
    severity: 'warning',
    title: 'annotation for a proxy that the pod does not have',
    docs: 'The annotation is about a proxy of the pod’s own. The pod is served by the proxy of its node, which serves others as well, so it is ignored.',
    hint: 'take it away, or label the pod weft.dev/proxy: sidecar',
  },
} as const satisfies Record<string, DiagnosticKind>;
