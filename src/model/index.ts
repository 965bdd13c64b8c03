// model: what a mesh *is*. Schemas of documents (kinds/, one file per kind), diagnostics as declared data, the entities the compiler
// reads, and the immutable, indexed Mesh with `apply`. Pure and total: a user's mistake is a diagnostic with a path, never an
// exception, and a bad document never hides a good one. Input: JSON values from files, the API or the store. Output: frozen data
// that shares structure with what it was made from. It knows nothing of Envoy, proxies' configuration, files or the network.

export { addressFor } from './addresses.ts';
export { byAge, placeOf } from './age.ts';
export { apply, type Change, type ModelEvent } from './apply.ts';
export { type CanonicalName, canonicalName, UNKNOWN } from './canonical.ts';
export { contentOf, saidBy, sameContent } from './content.ts';
export { DIAGNOSTICS, type DiagnosticCode, type DiagnosticKind, diagnostic, diagnosticKind } from './diagnostics.ts';
export { type Difference, differences } from './difference.ts';
export { formatDuration, parseDuration, roughDuration } from './duration.ts';
export { editDistance, nearest, suggestion } from './edit-distance.ts';
export type {
  BackendRef,
  BackendTarget,
  Capture,
  Cors,
  DatagramPort,
  DirectResponse,
  Document,
  DocumentKey,
  ExternalAuth,
  FilterRef,
  GatewayKey,
  HeaderChange,
  HttpRoute,
  Instance,
  LearnedScope,
  MatchExtension,
  MeshConfig,
  Mirror,
  NamedMatch,
  ObjectMeta,
  PathChange,
  PathMatch,
  PodProbe,
  Policy,
  PolicyTarget,
  Protocol,
  ProxyId,
  Redirect,
  ReferenceGrant,
  Rewrite,
  RouteFilter,
  RouteFilters,
  RouteMatch,
  RouteParent,
  RouteRetry,
  RouteRule,
  Scope,
  Service,
  ServiceKey,
  ServiceParent,
  ServicePort,
  SessionPersistence,
  SourceMatch,
  SpiffeId,
  StringMatch,
  Subset,
  TargetKind,
  TrustDomain,
  Workload,
  WorkloadKey,
  WorkloadPort,
  WorkloadProxy,
  WorkloadState,
} from './entities.ts';
export {
  type AddressOwner,
  documentOfService,
  type Egress,
  type External,
  type ExternalHost,
  type ExternalResolution,
  type ExternalTls,
  egressName,
  externalKey,
  ownerOf,
  plainServiceName,
  serviceOfOwner,
  splitServiceKey,
} from './external.ts';
export { SUPPORTED_FEATURES } from './gateway-features.ts';
export { deployedName, GATEWAY_CLASS_LABEL, GATEWAY_NAME_LABEL, gatewayLabel } from './gateway-names.ts';
export type {
  AllowedNamespaces,
  BackendTls,
  ClientValidation,
  ConfigMap,
  Gateway,
  GatewayClass,
  LabelSelector,
  Listener,
  ListenerSet,
  ObjectRef,
  RouteKind,
  Secret,
} from './gateways.ts';
export type { Referent, Referrer } from './granted.ts';
export { type HostClaim, hostClaims, ownershipProblems } from './host-ownership.ts';
export { reportIssues } from './issues.ts';
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
export { ATTACHMENT_FIELDS, attachment, TARGET_GROUPS } from './kinds/attachment.ts';
export type { CollectorSpec, CollectorsSpec } from './kinds/collectors.ts';
export {
  annotations,
  duration,
  fields,
  ipv4,
  isIpv4,
  isIpv6,
  isSubdomain,
  label,
  labels,
  portName,
  portNumber,
  positiveDuration,
  subdomain,
} from './kinds/fields.ts';
export { DEPLOYING_CONTROLLER, GATEWAY_CONTROLLER, OUR_CONTROLLERS } from './kinds/gateway-class.ts';
export { headerName } from './kinds/http-route-filters.ts';
export { CORE_KINDS, standsAtTop } from './kinds/index.ts';
export { type Checked, type Column, defineKind, type KindDefinition, type Report } from './kinds/kind.ts';
export { type Kinds, makeKinds } from './kinds/kinds.ts';
export { MADE, MADE_BY } from './kinds/ours.ts';
export type { PolicyRule, RoleSpec } from './kinds/role.ts';
export type { BindingSpec, Subject } from './kinds/role-binding.ts';
export { MOST_SERIES, OPTIONAL_LABELS, type OptionalLabel, TELEMETRY_SECTIONS, type TelemetrySections } from './kinds/telemetry.ts';
export { checkTelemetry, otlpSinks } from './kinds/telemetry-check.ts';
export { isTold, SECRET_REQUEST_HEADERS, TOLD_REQUEST_HEADERS } from './kinds/told-headers.ts';
export { emptyMesh, type Mesh, type MeshIndex } from './mesh.ts';
export { isMirrored, KUBERNETES, MIRRORED_FROM } from './mirrored.ts';
export { type ParsedDocument, type ParseOptions, parseDocument } from './parse.ts';
export { joinPath, originOf, originsOf, parentPath, parseSourceMap, SOURCE_MAP, type SourceMap, type SourcePlace, splitPath } from './place.ts';
export { POD_NAMESPACES, podNamespacePath } from './pod-namespaces.ts';
export { placesOf, policyPlace, readPolicy, SELECTED } from './policies.ts';
export {
  granted,
  grantsOf,
  isOfConnections,
  parentPorts,
  policiesAt,
  routesInto,
  routesOfBackend,
  routesOfFilter,
  routesOfGateway,
  routesOfService,
  routesOfTarget,
  scopesNaming,
  scopesOfWorkload,
  selects,
  serviceParents,
  servicesOfHost,
  servicesOfWorkload,
  subsetsOfService,
  workloadsOfScope,
  workloadsOfService,
} from './queries.ts';
export {
  allowsNamespace,
  BUILT_IN_CLASS,
  backendTlsOf,
  deploysClass,
  externalsOfGateway,
  listenerSetsOf,
  proxiesOfGateway,
  referrersOf,
  servesClass,
} from './queries-gateways.ts';
export { proxyOf, workloadsOfNode } from './queries-nodes.ts';
export { PUBLISHED } from './read-entities.ts';
export { fullHost } from './sections.ts';
export { keyOfRef } from './sections-gateways.ts';
export { filtersOf } from './sections-routes.ts';
export { serviceNamed, targetsOf } from './targets.ts';
export { fromBase64, readChain } from './x509/index.ts';
