// What is said of pods and their proxies: 2420 to 2439.
import type { DiagnosticKind } from './diagnostics.ts';

export const INJECTION = {
  WEFT2420: {
    severity: 'error',
    title: 'bad value of an annotation on a pod',
    docs: 'An annotation or label that says how a pod’s proxy is to be does not mean anything. The pod is refused: with a value that nobody reads it would run otherwise than its author meant.',
    hint: 'correct the value; docs/kubernetes.md has a table of what may be written',
  },
  WEFT2421: {
    severity: 'warning',
    title: 'unknown annotation on a pod',
    docs: 'The pod has an annotation of weft.dev that nothing reads. It is ignored.',
    hint: 'look for a typing error; docs/kubernetes.md has a table of what may be written',
  },
  WEFT2422: {
    severity: 'warning',
    title: 'pod is left outside of the mesh',
    docs: 'The pod stands in a meshed namespace and cannot have a proxy of its own: it shares the network of its node, runs on Windows, or has the proxy of another mesh. It was left as it is, and calls nobody with an identity.',
    hint: 'say that it is meant: label its template weft.dev/inject: disabled',
  },
  WEFT2423: {
    severity: 'error',
    title: 'pod cannot have the proxy it asks for',
    docs: 'The pod itself asks for a proxy and cannot have one. It is refused, since it would run without what its author counts on.',
    hint: 'take the label weft.dev/inject: enabled away, or what stands against it',
  },
  WEFT2424: {
    severity: 'error',
    title: 'port of the proxy is taken',
    docs: 'A container of the pod says that it listens on a port on which the proxy listens in every pod. One of them would not start.',
    hint: 'give the application another port, or leave the pod out of the mesh (label weft.dev/inject: disabled)',
  },
  WEFT2425: {
    severity: 'error',
    title: 'container runs as the proxy’s user',
    docs: 'What runs as the proxy’s user is not captured: the application would go around the mesh, unencrypted and without policies.',
    hint: 'run it as another user, or leave the pod out of the mesh (label weft.dev/inject: disabled)',
  },
  WEFT2426: {
    severity: 'error',
    title: 'name of the proxy is taken',
    docs: 'The pod has a container or a volume of a name that the proxy’s have, and it is not ours.',
    hint: 'call it otherwise, or leave the pod out of the mesh (label weft.dev/inject: disabled)',
  },
  WEFT2427: {
    severity: 'warning',
    title: 'namespace refuses pods with a proxy',
    docs: 'The namespace enforces a PodSecurity level. The init container that captures a pod’s traffic needs the capability NET_ADMIN, which the levels baseline and restricted refuse, so pods of this namespace are refused by Kubernetes.',
    hint: 'install with injection.interception: CNI, or let it enforce privileged and warn of restricted: kubectl label namespace NAME pod-security.kubernetes.io/enforce=privileged pod-security.kubernetes.io/warn=restricted --overwrite',
  },
  WEFT2428: {
    severity: 'warning',
    title: 'probe stays as it is',
    docs: 'The probe names a port that the container does not have, so the proxy cannot answer it. It goes to the application as it is written, as without a mesh: Kubernetes finds no such port either.',
    hint: 'give the container’s port that name, or write its number',
  },
  WEFT2430: {
    severity: 'warning',
    title: 'pod without a proxy in a meshed namespace',
    docs: 'The pod was to have a proxy and has none: it was made before its namespace was labelled, or while nobody could be asked. What it is sent travels in plaintext, and its policies do not hold.',
    hint: 'let its owner make it anew: kubectl rollout restart',
  },
  WEFT2431: {
    severity: 'warning',
    title: 'label of a namespace means nothing',
    docs: 'The label weft.dev/inject of a namespace has a value that is neither enabled nor disabled, so its pods get no proxies.',
    hint: 'write it as weft.dev/inject: enabled',
  },
  WEFT2432: {
    severity: 'warning',
    title: 'revision that no control plane has',
    docs: 'The namespace names a revision in weft.dev/rev, and no control plane of this revision runs in the cluster: nobody is asked about its pods, which get no proxies.',
    hint: 'install that revision (weft install --revision NAME), or take the label away: the control plane without a name, which is called default, has namespaces without it',
  },
  WEFT2435: {
    severity: 'info',
    title: 'pod with the proxy of an older version',
    docs: 'The pod was injected by an older control plane than the one that serves it. It goes on with that proxy until it is made anew; the last two minor versions are served.',
    hint: 'let its owner make it anew: kubectl rollout restart',
  },
  WEFT2433: {
    severity: 'error',
    title: 'admission review cannot be read',
    docs: 'Something asked the webhook that is no AdmissionReview of admission.k8s.io/v1, or one without an object.',
    hint: 'only an API server asks there: look at who else calls port 9443',
  },
  WEFT2434: {
    severity: 'error',
    title: 'not an API server',
    docs: 'The webhooks were told which names the certificate of an API server has (webhooks.clientNames), and somebody asked with another.',
    hint: 'look at the certificate that the API server’s admission configuration names for its webhooks',
  },
} as const satisfies Readonly<Record<string, DiagnosticKind>>;
