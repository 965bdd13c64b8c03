// What is wrong with MutualTLSPolicies: 2100–2119.
import type { DiagnosticKind } from './diagnostics.ts';

export const MUTUAL_TLS = {
  WEFT2100: {
    severity: 'error',
    title: 'a port twice',
    docs: 'A MutualTLSPolicy names one port of the application twice.',
    hint: 'remove one of the two entries',
  },
  WEFT2101: {
    severity: 'warning',
    title: 'plaintext waits',
    docs: 'Plaintext on a port that speaks TCP: the proxy waits for the first bytes of a connection to tell plaintext from TLS, so a server that speaks first is heard a few seconds late by those who dial the port of the proxy.',
    hint: 'leave mutual TLS on for this port, or let callers dial the port of the application',
  },
  WEFT2102: {
    severity: 'warning',
    title: 'no such port',
    docs: 'A MutualTLSPolicy says something of a port that no workload it is for has. Ports are those of the application (targetPort), not of the Service.',
    hint: 'correct the number',
  },
} as const satisfies Record<string, DiagnosticKind>;
