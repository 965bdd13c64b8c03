// What keeps the agent of a node from capturing the traffic of pods: 2490–2494.
import type { DiagnosticKind } from './diagnostics.ts';

export const INTERCEPTION = {
  WEFT2490: {
    severity: 'error',
    title: 'the plugin does not run on this node',
    docs: 'The CNI plugin is a script for the Node that the agent copies to its host, which needs the host’s C and C++ libraries (glibc 2.28, libstdc++). It was tried there and did not run, so the runtime is not told of it, and pods of meshed namespaces wait on this node.',
    hint: 'install with injection.interception: InitContainer, or use nodes with glibc and libstdc++',
  },
  WEFT2491: {
    severity: 'error',
    title: 'another CNI configuration comes first',
    docs: 'Container runtimes take the first CNI configuration by name, and on this node one stands before that of Weft. Pods of meshed namespaces do not start there by themselves; the agent repairs each after some seconds.',
    hint: 'rename that file so that it comes after 00-00-weft.conflist',
  },
  WEFT2492: {
    severity: 'warning',
    title: 'no CNI configuration to chain to',
    docs: 'There is no CNI configuration on this node but that of Weft, so pods have no network. Weft waits for one and takes it up at once.',
    hint: 'see to the network plugin of the cluster; the folder is the value cni.confDir',
  },
  WEFT2493: {
    severity: 'warning',
    title: 'a pod was made without the plugin',
    docs: 'A pod of a meshed namespace was given its network while the CNI plugin was not asked: before the agent was on the node, or while its configuration was taken away. Its proxy waited, nothing of it had run, and the agent wrote the rules that were left out.',
    hint: 'nothing is to be done; if it comes again and again, something on the node takes the configuration away',
  },
  WEFT2494: {
    severity: 'error',
    title: 'a pod without rules that cannot be repaired',
    docs: 'A pod of a meshed namespace has no rules that lead its traffic to its proxy, and the agent of its node could not write them. It does not start.',
    hint: 'delete the pod: it is made anew, with the plugin',
  },
} as const satisfies Record<string, DiagnosticKind>;
