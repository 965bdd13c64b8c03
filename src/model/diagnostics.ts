import type { Diagnostic, Origin, Severity } from '../base/index.ts';
import { ACCESS_LOGS } from './diagnostics-access-logs.ts';
import { AUTHORIZATION } from './diagnostics-authorization.ts';
import { BALANCING } from './diagnostics-balancing.ts';
import { CHECKS } from './diagnostics-checks.ts';
import { CLUSTER } from './diagnostics-cluster.ts';
import { CONNECTIONS } from './diagnostics-connections.ts';
import { DISCOVERY } from './diagnostics-discovery.ts';
import { EXTENSIONS } from './diagnostics-extensions.ts';
import { GATEWAY_POLICIES } from './diagnostics-gateway-policies.ts';
import { GATEWAYS } from './diagnostics-gateways.ts';
import { GRAPH } from './diagnostics-graph.ts';
import { INJECTION } from './diagnostics-injection.ts';
import { INSTALL } from './diagnostics-install.ts';
import { INTERCEPTION } from './diagnostics-interception.ts';
import { KUBERNETES_GATEWAYS } from './diagnostics-kubernetes-gateways.ts';
import { MANAGEMENT } from './diagnostics-management.ts';
import { MUTUAL_TLS } from './diagnostics-mutual-tls.ts';
import { NODES } from './diagnostics-nodes.ts';
import { OIDC } from './diagnostics-oidc.ts';
import { OUTSIDE } from './diagnostics-outside.ts';
import { PEERS } from './diagnostics-peers.ts';
import { POLICY } from './diagnostics-policies.ts';
import { REQUESTS } from './diagnostics-requests.ts';
import { RESILIENCE } from './diagnostics-resilience.ts';
import { ATTACHMENT, PROGRAMMING, REFERENCES } from './diagnostics-resolved.ts';
import { ROUTES } from './diagnostics-routes.ts';
import { TELEMETRY } from './diagnostics-telemetry.ts';
import { FIELDS, SYNTAX } from './diagnostics-written.ts';

/** What a code means, said once: the CLI, the documentation pages and the dashboard read it from here. */
export interface DiagnosticKind {
  readonly severity: Severity;
  readonly title: string;
  /** One or two sentences for the reference page: what happened and what Weft did about it. */
  readonly docs: string;
  /** What to do next, when the place itself has nothing better to say. */
  readonly hint: string;
  /** `applied`: the fields at the place work all the same. Else a warning or an error there means that they do not. */
  readonly fate?: 'applied';
}

/** Every diagnostic there is. Codes are stable: one that is given up is not used again. */
export const DIAGNOSTICS = {
  ...SYNTAX,
  ...FIELDS,
  ...REFERENCES,
  ...ATTACHMENT,
  ...PROGRAMMING,
  ...POLICY,
  ...MUTUAL_TLS,
  ...TELEMETRY,
  ...ACCESS_LOGS,
  ...PEERS,
  ...INTERCEPTION,
  ...NODES,
  ...REQUESTS,
  ...OIDC,
  ...BALANCING,
  ...GATEWAYS,
  ...GATEWAY_POLICIES,
  ...KUBERNETES_GATEWAYS,
  ...DISCOVERY,
  ...CONNECTIONS,
  ...OUTSIDE,
  ...EXTENSIONS,
  ...ROUTES,
  ...RESILIENCE,
  ...GRAPH,
  ...INSTALL,
  ...AUTHORIZATION,
  ...MANAGEMENT,
  ...CHECKS,
  ...INJECTION,
  ...CLUSTER,
} as const;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/**
 * Makes a diagnostic of a declared code. `message` says what is wrong at this place (lower-case, no period); `hint` replaces the
 * general one when the place knows better.
 */
export function diagnostic(code: DiagnosticCode, at: Origin, message: string, hint?: string): Diagnostic {
  const kind: DiagnosticKind = DIAGNOSTICS[code];
  return { code, severity: kind.severity, at, message, hint: hint ?? kind.hint };
}

/** What is declared about a code, or undefined for one that does not exist. */
export function diagnosticKind(code: string): DiagnosticKind | undefined {
  return Object.hasOwn(DIAGNOSTICS, code) ? DIAGNOSTICS[code as DiagnosticCode] : undefined;
}
