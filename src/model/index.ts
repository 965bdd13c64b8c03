// model: what a mesh *is*. Schemas of documents (kinds/, one file per kind), diagnostics as declared data, the entities the compiler
// reads, and the immutable, indexed Mesh with `apply`. Pure and total: a user's mistake is a diagnostic with a path, never an
// exception, and a bad document never hides a good one. Input: JSON values from files, the API or the store. Output: frozen data
// that shares structure with what it was made from. It knows nothing of Envoy, proxies' configuration, files or the network.
export { addressFor } from './addresses.ts';
export { apply, type Change, type ModelEvent } from './apply.ts';
export { contentOf, sameContent } from './content.ts';
export { DIAGNOSTICS, type DiagnosticCode, type DiagnosticKind, diagnostic, diagnosticKind } from './diagnostics.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { editDistance, nearest, suggestion } from './edit-distance.ts';
export type {
  BackendRef,
  Capture,
  Document,
  DocumentKey,
  GatewayKey,
  HeaderChange,
  HttpRoute,
  MeshConfig,
  ObjectMeta,
  PathMatch,
  Protocol,
  ProxyId,
  RouteMatch,
  RouteParent,
  RouteRule,
  Scope,
  Service,
  ServiceKey,
  ServiceParent,
  ServicePort,
  SpiffeId,
  StringMatch,
  TrustDomain,
  Workload,
  WorkloadKey,
  WorkloadPort,
  WorkloadProxy,
  WorkloadState,
} from './entities.ts';
export {
  documentKey,
  gatewayKey,
  groupOf,
  makeDocumentKey,
  parseSpiffeId,
  proxyIdOf,
  type SpiffeParts,
  serviceKey,
  spiffeId,
  splitDocumentKey,
  workloadKey,
} from './keys.ts';
export { KINDS, kindByPlural, kindByWord, kindOf } from './kinds/index.ts';
export type { Column, KindDefinition } from './kinds/kind.ts';
export { emptyMesh, type Mesh, type MeshIndex } from './mesh.ts';
export { type ParsedDocument, type ParseOptions, parseDocument } from './parse.ts';
export { joinPath, originOf, originsOf, parentPath, parseSourceMap, SOURCE_MAP, type SourceMap, type SourcePlace, splitPath } from './place.ts';
export {
  byAge,
  parentPorts,
  routesOfBackend,
  routesOfGateway,
  routesOfService,
  scopesNaming,
  scopesOfWorkload,
  selects,
  serviceParents,
  servicesOfWorkload,
  workloadsOfScope,
  workloadsOfService,
} from './queries.ts';
export { fullHost } from './sections.ts';
