// What there is to report of a BackendTLSPolicy: by which Gateways it acts, and what stands against it there.
import {
  type BackendTls,
  backendTlsOf,
  byAge,
  type DocumentKey,
  externalKey,
  type GatewayKey,
  type Mesh,
  routesOfBackend,
  type ServiceKey,
  serviceKey,
} from '../../model/index.ts';
import { egressOf, gatewaysOfRoute } from './affected.ts';
import { trustAt } from './client-trust.ts';
import { planGateway } from './plan.ts';

export interface BackendTlsReport {
  /** Gateways whose proxies connect to a target of it, sorted. */
  readonly gateways: readonly GatewayKey[];
  /** An older policy that is for the same target, which that one has. */
  readonly rival?: string;
  readonly references: readonly { readonly reason: 'InvalidKind' | 'InvalidCACertificateRef' | 'RefNotPermitted'; readonly message: string }[];
  /** No authority is left that could have issued a certificate: connections fail. */
  readonly nobody: boolean;
}

const REASONS = { kind: 'InvalidKind', permission: 'RefNotPermitted', reference: 'InvalidCACertificateRef' } as const;

/** Undefined when the policy is not in the mesh. */
export function backendTlsReport(mesh: Mesh, key: DocumentKey): BackendTlsReport | undefined {
  const policy = mesh.backendTls.get(key);
  if (policy === undefined) return undefined;
  const { sources, problems } = trustAt(mesh, policy.authorities, { kind: 'BackendTLSPolicy', namespace: policy.namespace });
  const rival = rivalOf(mesh, policy);
  return {
    gateways: gatewaysOf(mesh, policy),
    ...(rival === undefined ? {} : { rival: `${rival.namespace}/${rival.name}` }),
    references: problems.map(({ reason, message }) => ({ reason: REASONS[reason], message })),
    nobody: !policy.system && sources.length === 0,
  };
}

/** Gateway API: of several policies for the same target and section the older one has it, then the first by name. */
function rivalOf(mesh: Mesh, policy: BackendTls): BackendTls | undefined {
  const { namespace } = policy;
  return policy.targets
    .flatMap(({ kind, name, section }) =>
      backendTlsOf(mesh, { kind, namespace, name }).filter((other) =>
        other.targets.some((each) => each.kind === kind && each.name === name && each.section === section),
      ),
    )
    .find((other) => other.key !== policy.key && byAge(other, policy) < 0);
}

function gatewaysOf(mesh: Mesh, { namespace, targets }: BackendTls): readonly GatewayKey[] {
  const found = new Set<GatewayKey>();
  for (const { kind, name } of targets) {
    const service = kind === 'ExternalService' ? externalKey(namespace, name) : serviceKey(namespace, name);
    for (const gateway of [...routesOfBackend(mesh, service).flatMap((route) => gatewaysOfRoute(mesh, route)), ...egressOf(mesh, service)])
      if (connects(mesh, gateway, service)) found.add(gateway);
  }
  return [...found].sort();
}

function connects(mesh: Mesh, gateway: GatewayKey, service: ServiceKey): boolean {
  const plan = planGateway(mesh, gateway);
  if (plan === undefined) return false;
  return plan.services.includes(service) || plan.egress.some(({ chains }) => chains.some((chain) => chain.service === service));
}
