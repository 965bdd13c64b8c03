// What is wrong with TelemetryPolicies and Mesh.spec.telemetry: 2300–2319.
import type { DiagnosticKind } from './diagnostics.ts';

export const TELEMETRY = {
  WEFT2300: {
    severity: 'error',
    title: 'named twice',
    docs: 'A label to do without, or a tag of spans, is named twice.',
    hint: 'remove one of the two',
  },
  WEFT2301: {
    severity: 'error',
    title: 'not what it needs',
    docs: 'A tag of spans has exactly one of `header` and `literal`; a place for access logs has what its type needs, and nothing of another type.',
    hint: 'docs/telemetry.md says which fields belong together',
  },
  WEFT2302: {
    severity: 'error',
    title: 'numbers are of namespaces',
    docs: 'What is kept of metrics is said for a namespace as a whole, or for the mesh: the `metrics` of a TelemetryPolicy need targets of kind Mesh or Namespace, and the namespace must be the policy’s own.',
    hint: 'name the namespace: targetRefs: [{ kind: Namespace, name: … }]',
  },
} as const satisfies Record<string, DiagnosticKind>;
