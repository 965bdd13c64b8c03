// What `weft install`, `weft upgrade` and `weft check --pre` say of a Kubernetes cluster: 2460 to 2479, 2488 and 2489.
import type { DiagnosticKind } from './diagnostics.ts';

export const INSTALL = {
  WEFT2461: {
    severity: 'error',
    title: 'volume for several replicas',
    docs: 'A volume claim has one holder at a time, and every replica of the control plane has a data folder of its own.',
    hint: 'write replicas: 1, or leave the claim out: what replicas share is in the cluster itself',
  },
  WEFT2462: {
    severity: 'error',
    title: 'namespace is not Weft’s',
    docs: 'The control plane has a namespace of its own: its pods are never injected, and whoever may read Secrets there is the certificate authority.',
    hint: 'leave it at weft-system',
  },
  WEFT2463: {
    severity: 'error',
    title: 'trust domains differ',
    docs: 'The trust domain is part of every identity; the control plane and the Mesh document cannot say different ones.',
    hint: 'say it once, as trustDomain',
  },
  WEFT2464: {
    severity: 'error',
    title: 'values are no values',
    docs: 'A file of values is YAML with one object in it; a `--set` is a path, an equals sign and a value.',
    hint: 'write --set controlPlane.replicas=3, or a file with those fields',
  },
  WEFT2465: {
    severity: 'error',
    title: 'cluster is too old',
    docs: 'Injected proxies are native sidecars (init containers with restartPolicy Always), which Kubernetes has by default since 1.29.',
    hint: 'upgrade the cluster to Kubernetes 1.29 or newer',
  },
  WEFT2466: {
    severity: 'error',
    title: 'not allowed to install',
    docs: 'Whoever installs gives the control plane its rights, and may only give those that they have (Kubernetes refuses an escalation).',
    hint: 'ask somebody with cluster-admin to apply what weft install prints',
  },
  WEFT2467: {
    severity: 'warning',
    title: 'Gateway API is not installed',
    docs: 'Routes and Gateways are Gateway API’s, and its definitions are not part of Kubernetes. Without them the GatewayClass cannot be applied, and nobody can write a route.',
    hint: 'apply the standard channel of https://github.com/kubernetes-sigs/gateway-api/releases first',
  },
  WEFT2468: {
    severity: 'warning',
    title: 'Gateway API of another version',
    docs: 'Weft is made for Gateway API 1.6. Older definitions lack kinds and fields, and an API server drops what its definitions do not know.',
    hint: 'apply the standard channel of Gateway API 1.6',
  },
  WEFT2469: {
    severity: 'warning',
    title: 'another mesh injects proxies',
    docs: 'A mutating webhook of another service mesh takes pods. A pod with two proxies would send everything through both, or work not at all.',
    hint: 'give a namespace one label of the two; leave the other mesh’s label away where weft.dev/inject stands',
  },
  WEFT2470: {
    severity: 'warning',
    title: 'node cannot run meshed pods',
    docs: 'Interception needs Linux with nftables (kernel 4.18 or newer), and a kubelet with native sidecars (1.29 or newer).',
    hint: 'keep meshed pods away from these nodes with a nodeSelector, or upgrade them',
  },
  WEFT2471: {
    severity: 'warning',
    title: 'pod security forbids interception',
    docs: 'The init container that intercepts traffic needs NET_ADMIN, which the Pod Security Standards "baseline" and "restricted" forbid.',
    hint: 'install with injection.interception: CNI, with which pods need no capability, or label the namespace pod-security.kubernetes.io/enforce=privileged',
  },
  WEFT2472: {
    severity: 'info',
    title: 'Weft is here already',
    docs: 'The cluster has a control plane of Weft. Applying the manifests of another version upgrades it.',
    hint: 'weft upgrade --plan shows what would change; --revision NAME puts another one beside it',
  },
  WEFT2473: {
    severity: 'error',
    title: 'names without an authority',
    docs: 'Who asks at the webhooks is recognised by a certificate; its name says something only when it is known who signed it.',
    hint: 'name a ConfigMap with the authority’s ca.crt as webhooks.clientAuthority, or leave clientNames out',
  },
  WEFT2488: {
    severity: 'warning',
    title: 'values name what is not there',
    docs: 'Values name objects that an installation does not bring: a PriorityClass, a claim, a ConfigMap, namespaces, labels of nodes. Pods that need one that is absent are not made, or wait.',
    hint: 'make it before weft install is applied, or take the value away',
  },
  WEFT2489: {
    severity: 'warning',
    title: 'cluster domain differs',
    docs: 'Proxies of pods answer names of Services that end in clusterDomain. CoreDNS was told another domain: such names would be known to it alone, and calls by them need it.',
    hint: 'set clusterDomain to what stands behind `kubernetes` in the Corefile',
  },
} as const satisfies Readonly<Record<string, DiagnosticKind>>;
