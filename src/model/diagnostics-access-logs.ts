// What is wrong with access logs of TelemetryPolicies and of Mesh.spec.telemetry: 2340–2359.
import type { DiagnosticKind } from './diagnostics.ts';

export const ACCESS_LOGS = {
  WEFT2340: {
    severity: 'error',
    title: 'access logs are of workloads and gateways',
    docs: 'Requests are written down where they arrive: `accessLogs` of a TelemetryPolicy need targets of kind Mesh, Namespace, Service or Gateway, without a sectionName.',
    hint: 'name the Service, the Gateway or the Namespace as a whole',
  },
  WEFT2341: {
    severity: 'error',
    title: 'not the name of a log file',
    docs: 'A file of access logs stands below the folder of its namespace: its `path` is names of letters, digits, `.`, `_` and `-`, with `/` between them, none of them beginning with a point.',
    hint: 'for example path: requests.log',
  },
  WEFT2342: {
    severity: 'error',
    title: 'certificates for a collector without TLS',
    docs: '`tls` of a collector says whom to trust and what to show; with `http://` or `grpc://` nothing of it would be used.',
    hint: 'write https:// or grpcs://',
  },
  WEFT2343: {
    severity: 'warning',
    title: 'a header that proxies do not tell',
    docs: 'Envoy tells headers by name, and the names are part of its listeners: those of content, caching, negotiation, forwarding, tracing and gRPC can be written down (docs/access-logs.md has the list), and of `authorization` and `cookie` that they are there. Others are left out of the lines.',
    hint: 'take it out; a TelemetryPolicy can put any header into spans (tracing.tags)',
  },
} as const satisfies Record<string, DiagnosticKind>;
