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
  WEFT2402: {
    severity: 'error',
    title: 'an object that the control plane may not read',
    docs: 'A document names a Secret or ConfigMap that the control plane has no right to read in the kube cluster. Whatever it had of it before goes on holding; without that, the mesh is as if it were not there.',
    hint: 'give it the right: weft install --set secrets[0].namespace=NAMESPACE | kubectl apply -f -',
  },
  WEFT2403: {
    severity: 'warning',
    title: 'the API server cannot be followed',
    docs: 'The control plane does not hear of changes in the kube cluster at the moment. What it knew last goes on holding: nothing is taken from any proxy, and proxies may reconnect.',
    hint: 'look at the API server (kubectl get --raw /readyz), and at the rights of the control plane’s service account',
  },
  WEFT2404: {
    severity: 'warning',
    title: 'a replica of the control plane does not answer the others',
    docs: 'Replicas ask each other how their proxies stand, at the management API (port 7400), by the addresses in Leases weft-replica-POD. One that does not answer may be dead, cut off, or behind a NetworkPolicy. Its proxies go on; they look disconnected at the other replicas, and a change of the root waits for it.',
    hint: 'look at its pod and its log; let the control plane’s pods reach each other at port 7400',
  },
} as const satisfies Record<string, DiagnosticKind>;
