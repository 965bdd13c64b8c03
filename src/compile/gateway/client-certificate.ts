// The certificate that a Gateway shows to servers outside (Gateway API, spec.tls.backend.clientCertificateRef): servers of the mesh see
// its own, those outside this one, where it speaks TLS with them.
import { backendTlsOf, type Change, type Gateway, type GatewayKey, type Mesh, type Secret, type ServiceKey, splitServiceKey } from '../../model/index.ts';
import { certificateAt } from './certificates.ts';
import { planGateway } from './plan.ts';
import type { Problem } from './state.ts';

export interface ClientCertificate {
  readonly secret?: Secret;
  readonly problem?: Problem;
}

/** What the reference of a Gateway leads to, or why it leads nowhere; undefined when it has none. */
export function clientCertificateOf(mesh: Mesh, { namespace, clientCertificate }: Gateway): ClientCertificate | undefined {
  if (clientCertificate === undefined) return undefined;
  const found = certificateAt(mesh, clientCertificate, { kind: 'Gateway', namespace });
  if (!('condition' in found)) return { secret: found };
  const reason = found.reason === 'RefNotPermitted' ? found.reason : 'InvalidClientCertificateRef';
  return { problem: { ...found, reason, message: `${found.message}: servers outside are shown no certificate` } };
}

/** The Secret that proxies of a Gateway have for servers outside. */
export function clientSecretOf(mesh: Mesh, id: GatewayKey): Secret | undefined {
  const gateway = mesh.gateways.get(id);
  return gateway === undefined ? undefined : clientCertificateOf(mesh, gateway)?.secret;
}

const DECIDES: ReadonlySet<Change['kind']> = new Set(['Gateway', 'Secret', 'ReferenceGrant']);

/** Whether such a change may be one of which certificate a Gateway shows. */
export function decidesCertificates({ kind }: Pick<Change, 'kind'>): boolean {
  return DECIDES.has(kind);
}

/** Servers outside behind a Gateway that shows a certificate. */
export function behindClientCertificate(mesh: Mesh, id: GatewayKey): readonly ServiceKey[] {
  if (mesh.gateways.get(id)?.clientCertificate === undefined) return [];
  const outside = (key: ServiceKey): boolean => mesh.services.get(key)?.external !== undefined || backendTlsOf(mesh, splitServiceKey(key)).length > 0;
  return (planGateway(mesh, id)?.services ?? []).filter(outside);
}
