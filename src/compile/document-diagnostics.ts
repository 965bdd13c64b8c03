import type { Diagnostic } from '../base/index.ts';
import {
  type DocumentKey,
  diagnostic,
  externalKey,
  gatewayKey,
  type Mesh,
  originOf,
  type ServiceKey,
  serviceKey,
  splitDocumentKey,
  workloadKey,
} from '../model/index.ts';
import { backendTlsDiagnostics } from './gateway/backend-tls.ts';
import { datagramDiagnostics } from './gateway/datagrams.ts';
import { detachedDiagnostics, gatewayClassDiagnostics, gatewayDiagnostics, listenerSetDiagnostics } from './gateway/diagnostics.ts';
import { backendDiagnostics } from './plan/backends.ts';
import { connectionDiagnostics } from './plan/connections.ts';
import { endpointDiagnostics } from './plan/endpoints.ts';
import { externalDiagnostics } from './plan/external.ts';
import { nodeDiagnostics } from './plan/nodes.ts';
import { policyDiagnostics } from './plan/policy-diagnostics.ts';
import { relayDiagnostics } from './plan/relayed.ts';
import { filterRefDiagnostics } from './plan/route-filters.ts';
import { kindDiagnostics, parentDiagnostics } from './plan/routes.ts';
import { scopeDiagnostics } from './plan/scope.ts';
import { shadowDiagnostics } from './plan/shadow.ts';
import { subsetDiagnostics } from './plan/subsets.ts';

/**
 * All there is to say about one document, given the others: what its schema says, references that lead nowhere, matches that are
 * never reached, services without endpoints. A document that is not in the mesh has none.
 */
export function documentDiagnostics(mesh: Mesh, key: DocumentKey): readonly Diagnostic[] {
  return [...(mesh.diagnostics.get(key) ?? []), ...compilerDiagnostics(mesh, key)];
}

function compilerDiagnostics(mesh: Mesh, key: DocumentKey): readonly Diagnostic[] {
  const { kind, namespace, name } = splitDocumentKey(key);
  switch (kind) {
    case 'HTTPRoute':
    case 'GRPCRoute':
    case 'TCPRoute':
    case 'TLSRoute':
    case 'UDPRoute':
      return ofRoute(mesh, key);
    case 'Service':
      return ofService(mesh, serviceKey(namespace, name));
    case 'ExternalService': {
      const service = mesh.services.get(externalKey(namespace, name));
      return service === undefined ? [] : [...externalDiagnostics(mesh, service), ...relayDiagnostics(mesh, service)];
    }
    case 'BackendTLSPolicy': {
      const policy = mesh.backendTls.get(key);
      return policy === undefined ? [] : backendTlsDiagnostics(mesh, policy);
    }
    case 'Gateway':
      return gatewayDiagnostics(mesh, gatewayKey(namespace, name));
    case 'GatewayClass':
      return gatewayClassDiagnostics(mesh, name);
    case 'ListenerSet':
      return listenerSetDiagnostics(mesh, gatewayKey(namespace, name));
    case 'Workload':
      return nodeDiagnostics(mesh, workloadKey(namespace, name));
    case 'MeshPeer':
      return peerDiagnostics(mesh, key);
    case 'Subset': {
      const subset = mesh.subsets.get(`${namespace}/${name}`);
      return subset === undefined ? [] : subsetDiagnostics(mesh, subset);
    }
    case 'Scope': {
      const scope = mesh.scopes.get(key);
      return scope === undefined ? [] : scopeDiagnostics(mesh, scope);
    }
    default:
      return policyDiagnostics(mesh, key);
  }
}

function ofRoute(mesh: Mesh, key: DocumentKey): readonly Diagnostic[] {
  const route = mesh.routes.get(key);
  if (route === undefined) return [];
  return [
    ...parentDiagnostics(mesh, route),
    ...detachedDiagnostics(mesh, route),
    ...kindDiagnostics(mesh, route),
    ...connectionDiagnostics(mesh, route),
    ...datagramDiagnostics(mesh, route),
    ...backendDiagnostics(mesh, route),
    ...filterRefDiagnostics(route),
    ...shadowDiagnostics(mesh, route),
  ];
}

/** A peer never speaks for this mesh, whatever its document says (control/bundle.ts). */
function peerDiagnostics(mesh: Mesh, key: DocumentKey): readonly Diagnostic[] {
  const document = mesh.documents.get(key);
  if (document === undefined || document.metadata.name !== mesh.config.trustDomain) return [];
  return [diagnostic('WEFT2230', originOf(document, 'metadata.name'), `${document.metadata.name} is the trust domain of this mesh`)];
}

function ofService(mesh: Mesh, key: ServiceKey): readonly Diagnostic[] {
  const service = mesh.services.get(key);
  return service === undefined ? [] : endpointDiagnostics(mesh, service);
}
