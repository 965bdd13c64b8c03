// What is wrong with TelemetryPolicies and Mesh.spec.telemetry: 2300–2319, 2460.
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
  WEFT2460: {
    severity: 'warning',
    title: 'nobody to send access logs to',
    docs: 'Access logs with `to: [{ type: OTLP }]` go to the collector that the Mesh names (`spec.collectors.logs`), or to the one that the control plane was started with (`weft up --logs-to`). There is neither: these lines are lost, and counted. Other places of the same policy are written to all the same.',
    hint: 'name one: kind: Mesh, spec.collectors.logs.endpoint: http://HOST:4318, or use Stdout or File',
  },
} as const satisfies Record<string, DiagnosticKind>;
