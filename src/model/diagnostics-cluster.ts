// A control plane whose documents are objects of a kube cluster. 2400-2419.
import type { DiagnosticKind } from './diagnostics.ts';

export const CLUSTER = {
  WEFT2400: {
    severity: 'error',
    title: 'documents of this mesh are written in its kube cluster',
    docs: "This control plane was started with --kubernetes: its documents are the cluster's objects, which every replica reads. One that was written into a single replica would be unknown to the others. Only roles and bindings of Weft's own API are written here.",
    hint: 'kubectl apply -f FILE (or kubectl delete): the control plane has it a moment later',
  },
  WEFT2401: {
    severity: 'error',
    title: 'an object of the cluster has this name',
    docs: 'A machine that joins, or Weft itself, would write a document of a name that an object of the kube cluster has. The cluster decides about its objects alone, so nothing is written.',
    hint: 'choose another name',
  },
} as const satisfies Record<string, DiagnosticKind>;
