// The instances of a headless service: each has a name, an address and a cluster of its own, so that whoever calls one gets exactly that
// one, over mutual TLS with its own identity.
import { type Instance, type Mesh, type Service, type ServicePort, spiffeId } from '../../model/index.ts';
import type { ServicePortPlan, View } from '../plan.ts';
import { olderAt, plaintextAt, planEndpointsOf, targetOf } from './endpoints.ts';
import { clusterName, routesName } from './names.ts';
import { clusterContributions } from './policies.ts';
import { planStraight } from './routes.ts';
import { siteOf } from './site.ts';
import { callerOf } from './view.ts';

interface Site {
  readonly mesh: Mesh;
  readonly service: Service;
  readonly view: View;
}

/** Whether callers are told of the instance at all. */
function isPublished({ publishNotReady }: Service, { ready }: Instance): boolean {
  return ready || publishNotReady;
}

/** What DNS answers for the name of a headless service: its instances; its own address while there are none, where callers are told why. */
export function answersOf(service: Service): readonly string[] {
  const published = service.instances.filter((instance) => isPublished(service, instance)).map((instance) => instance.vip);
  return published.length === 0 ? [service.vip] : published;
}

/** The names of a service of the mesh, and what DNS answers for each. */
export function hostsOf(service: Service): readonly { readonly host: string; readonly addresses: readonly string[] }[] {
  if (!service.headless) return [{ host: service.host, addresses: [service.vip] }];
  const instances = service.instances.map(({ name, vip }) => ({ host: `${name}.${service.host}`, addresses: [vip] }));
  return [{ host: service.host, addresses: answersOf(service) }, ...instances];
}

/** Every port of every instance, by workload and port. */
export function planInstances(mesh: Mesh, service: Service, view: View): readonly ServicePortPlan[] {
  const ports = [...service.ports].sort((a, b) => a.port - b.port);
  return service.instances.flatMap((instance) => ports.map((port) => planPort({ mesh, service, view }, instance, port)));
}

function planPort({ mesh, service, view }: Site, instance: Instance, port: ServicePort): ServicePortPlan {
  const host = `${instance.name}.${service.host}`;
  const name = clusterName(host, port.port, view);
  const workload = mesh.workloads.get(instance.workload);
  const members = workload === undefined ? [] : [workload];
  // Who knows the workload's own address says its own port.
  const dialled = instance.own === true && workload !== undefined ? (targetOf(workload, port)?.port ?? port.port) : port.port;
  const { retryBudgetPercent, retryBudgetMinConcurrency, origin } = mesh.config;
  return {
    service: service.key,
    instance: instance.workload,
    id: `${host}:${port.port}`,
    host,
    vip: instance.vip,
    port: dialled,
    protocol: port.protocol,
    cluster: {
      name,
      service: service.key,
      port: port.port,
      protocol: port.protocol,
      serverIds: members.map((each) => spiffeId(mesh.config.trustDomain, each.namespace, each.serviceAccount)),
      retryBudget: { percent: retryBudgetPercent, minConcurrency: retryBudgetMinConcurrency },
      proxyProtocol: false,
      plaintext: plaintextAt(mesh, service, port),
      ...(olderAt(mesh, service, port) ? { older: true as const } : {}),
      contributions: clusterContributions(mesh, { service, port, ...callerOf(view) }),
      origins: [port.origin, origin],
    },
    // Who asks for exactly this one means it, also while it drains.
    endpoints: planEndpointsOf(mesh, members, { service, port, view, locality: undefined }).map((endpoint) => ({ ...endpoint, state: 'healthy' })),
    routesName: port.protocol === 'tcp' ? '' : routesName(host, port.port, view),
    routes: port.protocol === 'tcp' ? [] : [planStraight(siteOf({ mesh, service, port, view, cluster: name }))],
    origin: port.origin,
  };
}
