import { type Mesh, type Service, type ServiceKey, type Subset, subsetsOfService } from '../../model/index.ts';
import { contributionOf } from '../../policy/index.ts';
import { backendTlsFor } from '../gateway/backend-tls.ts';
import { portSeen, securedBy } from '../gateway/secured.ts';
import type { ClusterPlan, ServicePlan, ServicePortPlan, View } from '../plan.ts';
import { connectionsAt } from './connections.ts';
import { olderAt, plaintextAt, planEndpoints, serverIdsOf } from './endpoints.ts';
import { planExternalPorts } from './external.ts';
import { answersOf, planInstances } from './instances.ts';
import { clusterName, clusterOf, routesName } from './names.ts';
import { clusterActing, policiesBehind } from './policies.ts';
import { type PortSite, planRoutes } from './routes.ts';
import { siteOf } from './site.ts';
import { callerOf } from './view.ts';

const PLANS = new WeakMap<Mesh, Map<string, ServicePlan>>();

/**
 * One service as one view sees it: what every proxy with that view shares. A service that does not exist has a plan without ports.
 * Kept per mesh (an immutable value, so the key is complete): many proxies ask for the same plans.
 */
export function planService(mesh: Mesh, key: ServiceKey, view: View): ServicePlan {
  const plans = PLANS.get(mesh) ?? new Map<string, ServicePlan>();
  if (plans.size === 0) PLANS.set(mesh, plans);
  const id = `${key}#${view.key}`;
  const known = plans.get(id);
  if (known !== undefined) return known;
  const service = mesh.services.get(key);
  const plan: ServicePlan = { service: key, view, ...(service === undefined ? NOTHING : planPorts(mesh, service, view)), diagnostics: [] };
  plans.set(id, plan);
  return plan;
}

const NOTHING = { ports: [], subsets: [] } as const;

function planPorts(mesh: Mesh, service: Service, view: View): Pick<ServicePlan, 'ports' | 'subsets'> {
  if (service.external !== undefined) return { ports: planExternalPorts(mesh, service, view), subsets: [] };
  const serverIds = serverIdsOf(mesh, service);
  const ordered = service.ports.map((port) => portSeen(mesh, service, port, view)).sort((a, b) => a.port - b.port);
  const sites = ordered.map((port) => siteOf({ mesh, service, port, view, cluster: clusterOf(service, port.port, view) }));
  const ports = sites.map((site) => planPort(site, serverIds));
  const subsets = subsetsOfService(mesh, service.key).flatMap((subset) => {
    const ids = serverIdsOf(mesh, service, subset.selector);
    return sites.map((site, at) => planSubset(site, ports[at], { subset, serverIds: ids }));
  });
  const instances = service.headless ? planInstances(mesh, service, view) : [];
  return { ports: [...ports, ...instances], subsets: subsets.flatMap((each) => each ?? []) };
}

/** A Subset is a cluster of its own: it shares the connection settings of its service, not its connections. */
function planSubset(
  { mesh, service, port, view }: PortSite,
  whole: ServicePortPlan | undefined,
  { subset, serverIds }: { readonly subset: Subset; readonly serverIds: ClusterPlan['serverIds'] },
): ServicePortPlan | undefined {
  if (whole === undefined) return undefined;
  const name = clusterName(service.host, port.port, view, subset.name);
  const cluster = { ...whole.cluster, name, serverIds, origins: [subset.origin, ...whole.cluster.origins] };
  const endpoints = planEndpoints(mesh, { service, port, view, locality: whole.locality }, subset.selector);
  return { ...whole, cluster, endpoints, routesName: '', routes: [], origin: subset.origin };
}

function planPort(site: PortSite, serverIds: ClusterPlan['serverIds']): ServicePortPlan {
  const { mesh, service, port, view } = site;
  const cluster = planCluster(site, serverIds);
  const locality = contributionOf(cluster.contributions, 'locality')?.values;
  return {
    service: service.key,
    id: `${service.host}:${port.port}`,
    host: service.host,
    vip: service.vip,
    ...(service.headless ? { answers: answersOf(service) } : {}),
    port: port.port,
    protocol: port.protocol,
    cluster,
    endpoints: planEndpoints(mesh, { service, port, view, locality }),
    ...(locality === undefined ? {} : { locality }),
    routesName: port.protocol === 'tcp' ? '' : routesName(service.host, port.port, view),
    routes: port.protocol === 'tcp' ? [] : planRoutes(site),
    ...(port.protocol === 'tcp' ? connectionsAt(site) : {}),
    origin: port.origin,
  };
}

function planCluster({ mesh, service, port, cluster, view }: PortSite, serverIds: ClusterPlan['serverIds']): ClusterPlan {
  const { retryBudgetPercent, retryBudgetMinConcurrency, origin } = mesh.config;
  const acting = clusterActing(mesh, { service, port, ...callerOf(view) });
  const { contributions } = acting;
  const budget = contributionOf(contributions, 'retry-budget');
  const backendTls = securedBy(mesh, service, port, view);
  const policy = backendTls === undefined ? undefined : backendTlsFor(mesh, service, port);
  return {
    name: cluster,
    service: service.key,
    port: port.port,
    protocol: port.protocol,
    serverIds,
    proxyProtocol: service.key === mesh.config.fallback,
    plaintext: plaintextAt(mesh, service, port),
    ...(backendTls === undefined ? {} : { backendTls }),
    ...(olderAt(mesh, service, port) ? { older: true as const } : {}),
    retryBudget: { percent: budget?.percent ?? retryBudgetPercent, minConcurrency: budget?.minConcurrency ?? retryBudgetMinConcurrency },
    contributions,
    origins: [port.origin, origin, ...(policy === undefined ? [] : [policy.origin]), ...policiesBehind(acting)],
  };
}
