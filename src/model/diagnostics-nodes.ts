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
} as const satisfies Record<string, DiagnosticKind>;
