// Of which documents something else may have to be said when a Gateway, or what belongs to it, changes.
import {
  backendTlsOf,
  type Change,
  type DocumentKey,
  documentOfService,
  externalsOfGateway,
  type GatewayKey,
  listenerSetsOf,
  type Mesh,
  policiesAt,
  policyPlace,
  referrersOf,
  routesOfBackend,
  routesOfGateway,
  serviceKey,
  splitDocumentKey,
  splitServiceKey,
  type WorkloadKey,
  workloadKey,
} from '../../model/index.ts';
import { datagramRoutesAround, datagramRoutesOf } from './datagrams.ts';
import { gatewayDeployment, servicesOfDeployment } from './deployment.ts';
import { planGateway } from './plan.ts';

/** Kinds that decide which routes are attached, so that these may have to be told. */
const DECIDES_ROUTES: ReadonlySet<string> = new Set(['Gateway', 'ListenerSet', 'GatewayClass', 'Namespace', 'ReferenceGrant']);

/** Kinds that decide which listeners are served. */
const DECIDES_LISTENERS: ReadonlySet<string> = new Set([...DECIDES_ROUTES, 'Secret', 'ConfigMap']);

/** The Gateways, their ListenerSets, and their routes where these are concerned. */
export function gatewayNeighbours(mesh: Mesh, gateways: Iterable<GatewayKey>, change: Pick<Change, 'key' | 'kind'>): Iterable<DocumentKey> {
  const found = new Set<DocumentKey>();
  for (const id of gateways) {
    const sets = listenerSetsOf(mesh, id);
    const gateway = mesh.gateways.get(id);
    if (gateway !== undefined) found.add(gateway.key);
    for (const set of sets) found.add(set.key);
    for (const service of externalsOfGateway(mesh, id)) found.add(documentOfService(service.key));
    // Policies that name one of its listeners say whether it is there.
    if (change.kind === 'ListenerSet') for (const policy of policiesAt(mesh, policyPlace('Gateway', ...split(id)))) found.add(policy.key);
    if (change.kind === 'UDPRoute') for (const route of datagramRoutesOf(mesh, id)) found.add(route.key);
    for (const policy of policiesBehind(mesh, id)) found.add(policy);
    // Policies for a listener say whether it is there, and what it cannot have.
    if (DECIDES_LISTENERS.has(change.kind)) for (const policy of policiesAt(mesh, policyPlace('Gateway', ...halves(id)))) found.add(policy.key);
    if (!DECIDES_ROUTES.has(change.kind)) continue;
    for (const route of routesOfGateway(mesh, 'Gateway', id)) found.add(route.key);
    for (const set of sets) for (const route of routesOfGateway(mesh, 'ListenerSet', set.id)) found.add(route.key);
  }
  if (change.kind === 'Workload') for (const route of datagramRoutesAround(mesh, workloadKeyOf(change.key))) found.add(route.key);
  for (const key of tlsPolicies(mesh, change)) found.add(key);
  if (change.kind === 'Service') for (const key of reachedBy(mesh, change.key)) found.add(key);
  const served = change.kind === 'Workload' ? servedBy(mesh, change.key) : undefined;
  if (served === undefined) return found;
  const gateway = mesh.gateways.get(served);
  if (gateway !== undefined) found.add(gateway.key);
  for (const service of externalsOfGateway(mesh, served)) found.add(documentOfService(service.key));
  return found;
}

/** Gateways whose addresses are those of a Service. */
function reachedBy(mesh: Mesh, key: DocumentKey): readonly DocumentKey[] {
  const { namespace, name } = splitDocumentKey(key);
  const service = serviceKey(namespace, name);
  return [...mesh.gateways.values()].flatMap((gateway) => {
    const deployment = gateway.namespace === namespace ? gatewayDeployment(mesh, gateway.id) : undefined;
    return deployment !== undefined && servicesOfDeployment(deployment).includes(service) ? [gateway.key] : [];
  });
}

const halves = (id: GatewayKey): [namespace: string, name: string] => [id.slice(0, id.indexOf('/')), id.slice(id.indexOf('/') + 1)];

/** BackendTLSPolicies for what the Gateway connects to: their statuses say so. */
function policiesBehind(mesh: Mesh, id: GatewayKey): readonly DocumentKey[] {
  if (mesh.backendTls.size === 0) return [];
  const plan = planGateway(mesh, id);
  const services = new Set([...(plan?.services ?? []), ...externalsOfGateway(mesh, id).map(({ key }) => key)]);
  return [...services].flatMap((key) => {
    const { kind, namespace, name } = splitServiceKey(key);
    return backendTlsOf(mesh, { kind, namespace, name }).map((policy) => policy.key);
  });
}

/** BackendTLSPolicies for a target, or that refer to what changed; of such a policy the others for its targets. */
function tlsPolicies(mesh: Mesh, { key, kind }: Pick<Change, 'key' | 'kind'>): readonly DocumentKey[] {
  const { namespace, name } = splitDocumentKey(key);
  if (kind === 'Secret' || kind === 'ConfigMap')
    return referrersOf(mesh, key).filter((each) => mesh.backendTls.has(each) || splitDocumentKey(each).kind === 'GatewayClass');
  const targets = kind === 'BackendTLSPolicy' ? (mesh.backendTls.get(key)?.targets ?? []) : [];
  const own = kind === 'Service' || kind === 'ExternalService' ? [{ kind, name } as const] : targets;
  const policies = own.flatMap((target) => backendTlsOf(mesh, { kind: target.kind, namespace, name: target.name }).map((policy) => policy.key));
  const led =
    kind !== 'BackendTLSPolicy' ? [] : own.flatMap((target) => (target.kind === 'Service' ? routesOfBackend(mesh, serviceKey(namespace, target.name)) : []));
  return [...policies, ...led.map((route) => route.key)];
}

function split(id: GatewayKey): [namespace: string, name: string] {
  const [namespace = '', name = ''] = id.split('/');
  return [namespace, name];
}

function workloadKeyOf(key: DocumentKey): WorkloadKey {
  const { namespace, name } = splitDocumentKey(key);
  return workloadKey(namespace, name);
}

/** A proxy that comes or goes is news for its Gateway, and for what is reached by it. */
function servedBy(mesh: Mesh, key: DocumentKey): GatewayKey | undefined {
  const { namespace, name } = splitDocumentKey(key);
  return mesh.workloads.get(workloadKey(namespace, name))?.gateway;
}
