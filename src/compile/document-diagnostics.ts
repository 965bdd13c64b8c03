import type { Diagnostic } from '../base/index.ts';
import { type DocumentKey, type Mesh, type ServiceKey, serviceKey, splitDocumentKey } from '../model/index.ts';
import { backendDiagnostics } from './plan/backends.ts';
import { endpointDiagnostics } from './plan/endpoints.ts';
import { parentDiagnostics, shadowDiagnostics } from './plan/routes.ts';
import { scopeDiagnostics } from './plan/scope.ts';

/**
 * What the compiler has to say about one document, given the others: references that lead nowhere, matches that are never reached,
 * services without endpoints. What its schema says is in `mesh.diagnostics`. A document that is not in the mesh has none.
 */
export function documentDiagnostics(mesh: Mesh, key: DocumentKey): readonly Diagnostic[] {
  const { kind, namespace, name } = splitDocumentKey(key);
  switch (kind) {
    case 'HTTPRoute':
      return ofRoute(mesh, key);
    case 'Service':
      return ofService(mesh, serviceKey(namespace, name));
    case 'Scope': {
      const scope = mesh.scopes.get(key);
      return scope === undefined ? [] : scopeDiagnostics(mesh, scope);
    }
    default:
      return [];
  }
}

function ofRoute(mesh: Mesh, key: DocumentKey): readonly Diagnostic[] {
  const route = mesh.routes.get(key);
  if (route === undefined) return [];
  return [...parentDiagnostics(mesh, route), ...backendDiagnostics(mesh, route), ...shadowDiagnostics(mesh, route)];
}

function ofService(mesh: Mesh, key: ServiceKey): readonly Diagnostic[] {
  const service = mesh.services.get(key);
  return service === undefined ? [] : endpointDiagnostics(mesh, service);
}
