// What is wrong with routes of connections: TCPRoute, TLSRoute, UDPRoute.
import type { DiagnosticKind } from './diagnostics.ts';

export const CONNECTIONS = {
  WEFT1720: {
    severity: 'warning',
    title: 'route of connections on a port of requests',
    docs: 'A TCPRoute or TLSRoute shares out connections, but the port of the Service speaks HTTP, where requests are shared out; the route has no effect on it.',
    hint: 'use an HTTPRoute, or set appProtocol: tcp on the port of the Service',
  },
  WEFT1721: {
    severity: 'error',
    title: 'backend speaks another protocol',
    docs: 'A TCPRoute or TLSRoute leads to a port that speaks HTTP, whose servers expect requests of the mesh. Connections for it are closed.',
    hint: 'use an HTTPRoute, or set appProtocol: tcp on the port of the Service',
  },
} as const satisfies Record<string, DiagnosticKind>;
