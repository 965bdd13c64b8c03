// What is wrong with Gateways for which something is made in Kubernetes: 2440 to 2459.
import type { DiagnosticKind } from './diagnostics.ts';

export const KUBERNETES_GATEWAYS = {
  WEFT2440: {
    severity: 'error',
    title: 'parameters of a Gateway cannot be used',
    docs: 'parametersRef of a Gateway or of its class names no ConfigMap, or one that says something Weft does not understand. What was made for the Gateway before stays as it is until it does.',
    hint: 'correct the ConfigMap: docs/kubernetes.md lists what it may say',
  },
  WEFT2441: {
    severity: 'error',
    title: 'port of the proxy itself',
    docs: 'A listener has a port that proxies in pods need for themselves, so it is not served.',
    hint: 'give the listener another port',
  },
} as const satisfies Record<string, DiagnosticKind>;
