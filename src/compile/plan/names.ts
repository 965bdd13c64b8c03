// Names are identities: never an index, never a hash. What they are made of is all that may decide what they refer to.
import { plainServiceName, type Service } from '../../model/index.ts';
import type { InboundPlan, View } from '../plan.ts';

/** The cluster that takes the share of backends that do not exist: no endpoints, and its answer is 500 (Gateway API). */
export const UNRESOLVED_CLUSTER = 'unresolved';
/** Connections to addresses that are no service of the mesh. */
export const PASSTHROUGH_CLUSTER = 'passthrough';
/** In a pod: connections to ports that nobody declared, on to the application. */
export const UNDECLARED_CLUSTER = 'undeclared';
/** The relay of a workload, asked for whatever does not go to a peer. */
export const RELAY_CLUSTER = 'relay';
/** HTTP requests to names that are no service of the mesh (explicit capture only). */
export const OUTSIDE_HTTP_CLUSTER = 'passthrough-http';
/** Name of the route for hosts that are no service (explicit capture only). */
export const OUTSIDE_ROUTE = 'outside';
/** How names of listeners inside the proxy begin, and of the clusters that lead there. */
export const INSIDE = 'inside:';
/** The control plane, in every bootstrap. */
export const XDS_CLUSTER = 'xds';
export const EXPLICIT_ROUTES = 'explicit';
/** SDS names in a sidecar: the same everywhere, so that clusters contain nothing of the proxy. */
export const WORKLOAD_SECRET = 'workload';
export const BUNDLE_SECRET = 'bundle';
/** Trust anchors for those who call: this mesh's, and those of its peers, each for its own trust domain. */
export const CALLERS_SECRET = 'callers';
/** Trust anchors of the control plane's system, for servers outside. */
export const SYSTEM_BUNDLE_SECRET = 'system-bundle';

const suffix = (key: string): string => (key === '' ? '' : `#${key}`);

/**
 * The part of a view that clusters and endpoints depend on: how to dial, not which routes apply. Without `ns=` a cluster keeps
 * its name (and connections) when a consumer route appears, and a route of one view may name the cluster of any service.
 */
export function connectionKey(view: View): string {
  return viewKey({ ...view, consumerNamespace: '', zone: '', node: '', sources: [] });
}

/** The key of a view, from its parts in fixed order; '' is the plain view. */
export function viewKey(view: Omit<View, 'key'>): string {
  const parts: string[] = [];
  if (view.relayDirectory !== '') parts.push(`relay=${view.relayDirectory}`);
  if (view.hostLoopback !== '') parts.push(`host=${view.hostLoopback}`);
  if (view.identity !== '') parts.push(`id=${view.identity}`);
  if (view.gateway !== '') parts.push(`gw=${view.gateway}`);
  if (view.connectionNamespace !== '') parts.push(`cns=${view.connectionNamespace}`);
  if (view.consumerNamespace !== '') parts.push(`ns=${view.consumerNamespace}`);
  if (view.zone !== '') parts.push(`zone=${view.zone}`);
  if (view.node !== '') parts.push(`node=${view.node}`);
  if (view.sources.length > 0) parts.push(`src=${view.sources.join('+')}`);
  return parts.join(',');
}

/** `subset`: which of several clusters of that host and port; '' for the service itself, the name of a Subset, `namespace/name` of an ExternalService. */
export function clusterName(host: string, port: number, view: View, subset = ''): string {
  return `outbound|${port}|${subset}|${host}${suffix(connectionKey(view))}`;
}

/** The cluster that requests to a service go to when nothing more is said; of something outside that of its first host. */
export function clusterOf(service: Service, port: number, view: View): string {
  return clusterName(service.host, port, view, subsetOf(service));
}

/** Two ExternalServices may have the same host, so theirs are told apart. */
export function subsetOf(service: Service): string {
  return service.external === undefined ? '' : plainServiceName(service.key);
}

/** In a gateway: the servers outside themselves, for those who leave by it. The gateway's own requests to the same service have the other name. */
export function egressClusterName(service: Service, host: string, port: number): string {
  return `egress|${port}|${subsetOf(service)}|${host}`;
}

/** Where the caller stands is not in it: a proxy stands in one place, and a policy about localities must not rename its route tables. */
export function routesName(host: string, port: number, view: View): string {
  return `${host}:${port}${suffix(viewKey({ ...view, zone: '', node: '' }))}`;
}

/** What is appended to a proxy's own resources when it serves several workloads. */
export function workloadSuffix(workload: string, shared: boolean): string {
  return shared ? `/${workload}` : '';
}

export function inboundClusterName(port: number, workload: string, shared: boolean): string {
  return `inbound|${port}||${workloadSuffix(workload, shared)}`;
}

/** Route table of an inbound port; it names only the port's cluster. */
export function inboundRoutesName(inbound: InboundPlan, port: number): string {
  return `inbound:${port}${inbound.suffix}`;
}

/** Name of the secret with a workload's certificate: the SPIFFE ID where one proxy holds several. */
export function secretName(identity: string, shared: boolean): string {
  return shared ? identity : WORKLOAD_SECRET;
}

/** Where connections without a certificate come in: names a filter chain, a listener and a record of them alike. */
export function plaintextName(port: number): string {
  return `plaintext:${port}`;
}

/** The pipe by which connections to the application's own port get to its proxy. */
export function plaintextPipe(directory: string, port: number): string {
  return `${directory}/p${port}.sock`;
}
