// kinds: one file per kind of document that is no policy. To add one: write the file, add a line to CORE_KINDS. Policies are listed in
// the room `policy`, which joins both lists.
import { backendTlsPolicyKind } from './backend-tls-policy.ts';
import { configMapKind } from './config-map.ts';
import { tcpRouteKind, tlsRouteKind, udpRouteKind } from './connection-routes.ts';
import { discoveredProviderKind } from './discovered-provider.ts';
import { externalServiceKind } from './external-service.ts';
import { gatewayKind } from './gateway.ts';
import { gatewayClassKind } from './gateway-class.ts';
import { grpcRouteKind } from './grpc-route.ts';
import { httpRouteKind } from './http-route.ts';
import type { KindDefinition } from './kind.ts';
import { learnedScopeKind } from './learned-scope.ts';
import { listenerSetKind } from './listener-set.ts';
import { meshKind } from './mesh.ts';
import { meshPeerKind } from './mesh-peer.ts';
import { namespaceKind } from './namespace.ts';
import { referenceGrantKind } from './reference-grant.ts';
import { clusterRoleKind, roleKind } from './role.ts';
import { clusterRoleBindingKind, roleBindingKind } from './role-binding.ts';
import { routeFilterKind } from './route-filter.ts';
import { scopeKind } from './scope.ts';
import { secretKind } from './secret.ts';
import { serviceKind } from './service.ts';
import { subsetKind } from './subset.ts';
import { workloadKind } from './workload.ts';

export const CORE_KINDS: readonly KindDefinition[] = [
  namespaceKind,
  serviceKind,
  httpRouteKind,
  grpcRouteKind,
  tcpRouteKind,
  tlsRouteKind,
  udpRouteKind,
  referenceGrantKind,
  meshKind,
  workloadKind,
  scopeKind,
  routeFilterKind,
  subsetKind,
  externalServiceKind,
  learnedScopeKind,
  discoveredProviderKind,
  gatewayClassKind,
  gatewayKind,
  listenerSetKind,
  backendTlsPolicyKind,
  secretKind,
  configMapKind,
  roleKind,
  clusterRoleKind,
  roleBindingKind,
  clusterRoleBindingKind,
  meshPeerKind,
];

const AT_TOP: ReadonlySet<string> = new Set(CORE_KINDS.filter((kind) => kind.topLevel).map((kind) => `${kind.apiVersion}/${kind.kind}`));

/** Whether the fields of a document stand beside its metadata, as people write it (Secret, ConfigMap). */
export function standsAtTop({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
  return AT_TOP.has(`${apiVersion}/${kind}`);
}
