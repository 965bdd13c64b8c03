import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import {
  canonicalName,
  diagnostic,
  type Mesh,
  type Service,
  type ServicePort,
  type SpiffeId,
  selects,
  spiffeId,
  UNKNOWN,
  type Workload,
  type WorkloadPort,
  workloadsOfService,
} from '../../model/index.ts';
import type { LocalityValues } from '../../policy/index.ts';
import type { EndpointPlan, View } from '../plan.ts';
import { ranked, type Unranked } from './locality.ts';
import { sentPlaintext, speaksOlder } from './tls-mode.ts';

/**
 * The workload's port that a service's targetPort means, or undefined when it has none. A number needs no declaration (as in
 * Kubernetes) unless the workload has a proxy of ours, which listens only on the ports it was started for.
 */
export function targetOf(workload: Workload, port: ServicePort): WorkloadPort | undefined {
  const { targetPort } = port;
  const declared = workload.ports.find((each) => (typeof targetPort === 'number' ? each.port === targetPort : each.name === targetPort));
  if (declared !== undefined || typeof targetPort === 'string' || workload.proxy !== undefined) return declared;
  return { name: '', port: targetPort, proxyPort: targetPort };
}

const LOOPBACK = /^127\./;

/** Whoever dials from another network namespace reaches the host's loopback elsewhere. */
export function dialled(address: string, view: View): string {
  return view.hostLoopback !== '' && LOOPBACK.test(address) ? view.hostLoopback : address;
}

interface Asked {
  readonly service: Service;
  readonly port: ServicePort;
  readonly view: View;
  readonly locality: LocalityValues | undefined;
}

/** The source's side of metrics knows the other end by this; instances come and go, and would each be series of their own. */
function groupOf(workload: Workload): string {
  const { service, version } = canonicalName(workload);
  return version === UNKNOWN ? service : `${service}/${version}`;
}

/** Labels that a workload must have beyond what its service's selector asks. */
type Selector = Readonly<Record<string, string>>;

const ANY: Selector = {};

/** Endpoints of one port as a view sees them, by workload key; of a Subset, those its selector picks. `Starting` ones are left out unless the service publishes them, `Draining` ones get no new requests. */
export function planEndpoints(mesh: Mesh, asked: Asked, selector: Selector = ANY): readonly EndpointPlan[] {
  return planEndpointsOf(
    mesh,
    workloadsOfService(mesh, asked.service).filter((workload) => selects(selector, workload.labels)),
    asked,
  );
}

/** planEndpoints for some of its workloads. */
export function planEndpointsOf(mesh: Mesh, workloads: readonly Workload[], { service, port, view, locality }: Asked): readonly EndpointPlan[] {
  const byAddress = new Map<string, Unranked>();
  for (const workload of workloads) {
    const target = workload.state === 'Starting' && !service.publishNotReady ? undefined : targetOf(workload, port);
    if (target === undefined) continue;
    const address = dialled(workload.address, view);
    const state = workload.state === 'Draining' ? 'draining' : 'healthy';
    const before = byAddress.get(`${address}:${target.proxyPort}`);
    // Two workloads on one address: an old lease beside a new one. The one that takes requests counts.
    if (before !== undefined && (before.state === 'healthy' || state === 'draining')) continue;
    byAddress.set(`${address}:${target.proxyPort}`, {
      workload: workload.key,
      address,
      port: target.proxyPort,
      state,
      weight: workload.weight,
      zone: workload.zone,
      node: workload.machine,
      plaintext: sentPlaintext(mesh, { workload, port: target, protocol: port.protocol }),
      group: groupOf(workload),
    });
  }
  return ranked(
    [...byAddress.values()].sort((a, b) => byCodeUnit(a.workload, b.workload)),
    locality,
    view,
  );
}

/** Identities that may answer for the service (or for what a selector picks of it), sorted. Workloads that are not ready count too, so becoming ready changes only endpoints. */
export function serverIdsOf(mesh: Mesh, service: Service, selector: Selector = ANY): readonly SpiffeId[] {
  const ids = new Set<SpiffeId>();
  for (const workload of workloadsOfService(mesh, service))
    if (selects(selector, workload.labels)) ids.add(spiffeId(mesh.config.trustDomain, workload.namespace, workload.serviceAccount));
  return [...ids].sort(byCodeUnit);
}

/** Whether any endpoint of the port is sent plaintext; like identities, ready or not. */
export function plaintextAt(mesh: Mesh, service: Service, port: ServicePort): boolean {
  return workloadsOfService(mesh, service).some((workload) => {
    const target = targetOf(workload, port);
    return target !== undefined && sentPlaintext(mesh, { workload, port: target, protocol: port.protocol });
  });
}

/** Whether calls to the port are HTTP/1.1; like identities, ready or not. */
export function olderAt(mesh: Mesh, service: Service, port: ServicePort): boolean {
  return port.protocol === 'http' && speaksOlder(port.protocol, workloadsOfService(mesh, service));
}

/** Workloads of the service that lack the port its targetPort names, and a service without anyone ready behind it. */
export function endpointDiagnostics(mesh: Mesh, service: Service): readonly Diagnostic[] {
  const workloads = workloadsOfService(mesh, service);
  if (Object.keys(service.selector).length === 0) return []; // said when the document was read
  const disputed = service.ports
    .filter((port) => port.told === 'disputed')
    .map((port) => diagnostic('WEFT1709', port.origin, `the workloads of the service speak different protocols on port ${port.port}`));
  const missing = service.ports.flatMap((port) =>
    workloads
      .filter((workload) => targetOf(workload, port) === undefined)
      .map((workload) =>
        diagnostic(
          'WEFT1310',
          port.origin,
          `targetPort ${port.targetPort} is no port of Workload ${workload.key}, so it takes no requests on port ${port.port}`,
        ),
      ),
  );
  if (workloads.some((workload) => workload.state === 'Ready')) return [...disputed, ...missing];
  const labels = Object.entries(service.selector).map(([key, value]) => `${key}=${value}`);
  return [
    ...disputed,
    ...missing,
    diagnostic('WEFT1309', service.origin, `no workload with ${labels.sort(byCodeUnit).join(', ')} is ready in namespace ${service.namespace}`),
  ];
}
