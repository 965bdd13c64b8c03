// Documents that passed their checks → the entities the compiler reads. `spec` is the schema's output.
import { parseDuration } from './duration.ts';
import type {
  Capture,
  Document,
  LearnedScope,
  MeshConfig,
  Scope,
  Service,
  ServiceKey,
  TrustDomain,
  Workload,
  WorkloadKey,
  WorkloadPort,
  WorkloadProxy,
} from './entities.ts';
import type { External } from './external.ts';
import { documentKey, gatewayKey, serviceKey, workloadKey } from './keys.ts';
import { isIpv4 } from './kinds/fields.ts';
import type { LearnedScopeSpec } from './kinds/learned-scope.ts';
import { type MeshSpec, meshSchema } from './kinds/mesh.ts';
import { isEncrypted, protocolOf } from './kinds/protocol.ts';
import type { ScopeSpec } from './kinds/scope.ts';
import type { ServiceSpec } from './kinds/service.ts';
import type { WorkloadSpec } from './kinds/workload.ts';
import { originsOf } from './place.ts';

/**
 * What a Service's status says of addresses outside, as source/kubernetes notes it: statuses are no part of a document's content, and neither
 * are annotations below weft.dev/.
 */
export const PUBLISHED = 'status.weft.dev/load-balancer';

/** A service without its virtual address: that depends on the other services (see addresses.ts). */
export function readService(document: Document, spec: ServiceSpec): Omit<Service, 'vip'> {
  const { namespace, name } = document.metadata;
  const origin = originsOf(document);
  const places = spec.ports.map((port, at) => ({ port, at }));
  const datagrams = places
    .filter(({ port }) => port.protocol === 'UDP')
    .map(({ port: { name: called, port, targetPort = port }, at }) => ({ name: called, port, targetPort, origin: origin(`spec.ports[${at}]`) }));
  const connections = places.filter(({ port }) => port.protocol !== 'UDP');
  const ports = connections.map(({ port, at }) => ({
    name: port.name,
    port: port.port,
    targetPort: port.targetPort ?? port.port,
    ...protocolOf(port),
    ...(isEncrypted(port) ? { encrypted: true as const } : {}),
    origin: origin(`spec.ports[${at}]`),
  }));
  const external = aliasOf(document, spec);
  const near = nearness(spec.trafficDistribution);
  const published = document.metadata.annotations[PUBLISHED];
  return {
    key: serviceKey(namespace, name),
    namespace,
    name,
    host: `${name}.${namespace}.mesh`,
    ports,
    ...(datagrams.length === 0 ? {} : { datagrams }),
    selector: external === undefined ? spec.selector : {},
    ...(near === undefined ? {} : { near }),
    ...(published === undefined ? {} : { published: published.split(',').filter((each) => each !== '') }),
    ...(spec.sessionAffinity === 'ClientIP' ? { affinity: 'Caller' as const } : {}),
    headless: spec.clusterIP === 'None' && external === undefined,
    instances: [],
    publishNotReady: spec.publishNotReadyAddresses ?? false,
    ...(external === undefined ? {} : { external }),
    origin: origin(''),
  };
}

function nearness(distribution: string | undefined): Service['near'] {
  if (distribution === 'PreferSameNode') return 'Node';
  return distribution === 'PreferClose' || distribution === 'PreferSameZone' ? 'Zone' : undefined;
}

/** A Service of type ExternalName is another name for a server outside. */
function aliasOf({ metadata }: Document, { type, externalName = '' }: ServiceSpec): External | undefined {
  if (type !== 'ExternalName') return undefined;
  return {
    hosts: [{ host: `${metadata.name}.${metadata.namespace}.mesh`, vip: '' }],
    resolution: 'logical',
    alias: externalName.toLowerCase().replace(/\.$/, ''),
    addresses: [],
    refreshMs: 30_000,
    resolvers: [],
    createdAt: metadata.creationTimestamp ?? '',
  };
}

/** The address a service asks for, if it does. */
export function claimedAddress(spec: ServiceSpec): string | undefined {
  return spec.clusterIP !== undefined && isIpv4(spec.clusterIP) ? spec.clusterIP : undefined;
}

function readProxy({ capture, bind, hostLoopback, node }: NonNullable<WorkloadSpec['proxy']>): WorkloadProxy {
  const proxy = { capture: capture satisfies Capture, bind, hostLoopback };
  return node === undefined ? proxy : { ...proxy, node: node as WorkloadKey };
}

export function readWorkload(document: Document, spec: WorkloadSpec): Workload {
  const { namespace, name, labels } = document.metadata;
  const { serviceAccount, address, zone, weight, state, proxy } = spec;
  const datagrams = spec.ports.filter((port) => port.protocol === 'UDP').map(({ name: called, port }) => ({ name: called, port }));
  const connections = spec.ports.filter((port) => port.protocol !== 'UDP');
  const ports: WorkloadPort[] = connections.map((port) => ({
    name: port.name,
    port: port.port,
    proxyPort: port.proxyPort ?? port.port,
    ...(port.speaks === undefined ? {} : { speaks: port.speaks }),
  }));
  return {
    key: workloadKey(namespace, name),
    namespace,
    name,
    serviceAccount,
    labels,
    address,
    ports,
    ...(datagrams.length === 0 ? {} : { datagrams }),
    zone,
    machine: spec.machine === '' ? address : spec.machine,
    weight,
    state,
    ...(proxy === undefined ? {} : { proxy: readProxy(proxy) }),
    ...(spec.node === undefined ? {} : { node: spec.node }),
    ...(spec.plaintext === true && proxy === undefined ? { plaintext: true as const } : {}),
    ...(spec.gateway === undefined ? {} : { gateway: gatewayKey(namespace, spec.gateway) }),
    origin: originsOf(document)(''),
  };
}

export function readLearnedScope(document: Document, spec: LearnedScopeSpec): LearnedScope {
  const { namespace } = document.metadata;
  return { key: documentKey(document), namespace, serviceAccount: spec.serviceAccount, services: spec.services as ServiceKey[] };
}

export function readScope(document: Document, spec: ScopeSpec): Scope {
  const { namespace, name, creationTimestamp = '' } = document.metadata;
  return {
    key: documentKey(document),
    namespace,
    name,
    selector: spec.selector,
    services: spec.services,
    createdAt: creationTimestamp,
    origin: originsOf(document)(''),
  };
}

/** Settings of the mesh from its one document; without one, the defaults of the schema. */
export function readMeshConfig(document: Document, spec: MeshSpec): MeshConfig {
  const { requestTimeout, connectTimeout, retries } = spec.traffic;
  return {
    trustDomain: spec.trustDomain as TrustDomain,
    outbound: spec.outbound.mode,
    ...(spec.scoping.mode === 'All' ? {} : { fallback: serviceKey(spec.scoping.fallback.namespace, spec.scoping.fallback.name) }),
    requestTimeoutMs: parseDuration(requestTimeout) ?? 0,
    connectTimeoutMs: parseDuration(connectTimeout) ?? 0,
    retryBudgetPercent: retries.budget.percent,
    retryBudgetMinConcurrency: retries.budget.minConcurrency,
    retryAttempts: retries.attempts,
    leafLifetimeMs: parseDuration(spec.identity.leafLifetime) ?? 0,
    ...(spec.telemetry === undefined ? {} : { telemetry: spec.telemetry }),
    ...(spec.collectors === undefined ? {} : { collectors: spec.collectors }),
    origin: originsOf(document)(''),
  };
}

const NO_MESH: Document = {
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Mesh',
  metadata: { name: 'default', namespace: '', labels: {}, annotations: {} },
  spec: {},
};

/** What holds when no Mesh document says otherwise. */
export const DEFAULT_CONFIG: MeshConfig = readMeshConfig(NO_MESH, meshSchema.parse({}));
