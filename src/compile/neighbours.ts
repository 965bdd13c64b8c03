// Of which other documents something else may have to be said after a change. The counterpart of `affected` for diagnostics: naming too
// few would leave a stale status (a property test holds it to that), naming too many makes one change of a large table cost them all.
import {
  type Change,
  type DocumentKey,
  documentOfService,
  externalKey,
  type Mesh,
  makeDocumentKey,
  placesOf,
  policiesAt,
  policyPlace,
  routesOfBackend,
  routesOfService,
  type ServiceKey,
  scopesNaming,
  serviceKey,
  servicesOfHost,
  servicesOfWorkload,
  splitDocumentKey,
  type TargetKind,
  type WorkloadKey,
  workloadKey,
} from '../model/index.ts';
import { ROUTE_DOCUMENTS } from './affected-routes.ts';
import { affectedGateways } from './gateway/affected.ts';
import { gatewayNeighbours } from './gateway/neighbours.ts';
import { routeNeighbours } from './neighbours-routes.ts';
import { collectorNeighbours } from './plan/collector-diagnostics.ts';
import { extensionsCalling } from './plan/extension-diagnostics.ts';
import { mayCallNeighbours } from './plan/may-call-diagnostics.ts';
import { nodeNeighbours } from './plan/nodes.ts';
import { relayNeighbours } from './plan/relayed.ts';
import { policiesAsking } from './plan/request-diagnostics.ts';
import { routesAlike } from './plan/shadow.ts';
import { signInNeighbours } from './plan/sign-in-diagnostics.ts';
import { unheardNeighbours } from './plan/unheard.ts';
import { dryNeighbours } from './plan/unheard-fields.ts';

/** Documents whose diagnostics the changes may have changed, besides the changed ones themselves. */
export function neighbours(before: Mesh, after: Mesh, changes: readonly Change[]): ReadonlySet<DocumentKey> {
  const found = new Set<DocumentKey>();
  for (const change of changes) {
    const { key, kind, before: was, after: is } = change;
    addAll(found, relayNeighbours(before, after, change));
    const { namespace, name } = splitDocumentKey(key);
    // A Scope says which of its entries match nothing.
    const service = kind === 'Service' ? serviceKey(namespace, name) : kind === 'ExternalService' ? externalKey(namespace, name) : undefined;
    if (service !== undefined && (was === undefined) !== (is === undefined)) addAll(found, keysOf(scopesNaming(after, service)));
    for (const mesh of [before, after]) {
      addAll(found, policiesAbout(mesh, key));
      if (service !== undefined)
        addAll(found, [...routesAround(mesh, service), ...namesakes(mesh, service), ...extensionsCalling(mesh, service), ...keysOf(policiesAsking(mesh))]);
      else if (ROUTE_DOCUMENTS.has(kind)) addAll(found, rivalsOf(mesh, key));
      else if (kind === 'Workload') addAll(found, servicesOf(mesh, workloadKey(namespace, name)));
      addAll(found, gatewayNeighbours(mesh, affectedGateways(mesh, mesh, { key, kind }), { key, kind }));
      addAll(found, routeNeighbours(mesh, key));
      addAll(found, nodeNeighbours(mesh, change));
      addAll(found, unheardNeighbours(mesh, change));
      addAll(found, dryNeighbours(mesh, change));
      addAll(found, signInNeighbours(mesh, change));
      addAll(found, mayCallNeighbours(mesh, change));
      addAll(found, collectorNeighbours(mesh, change));
    }
  }
  return found;
}

function addAll(found: Set<DocumentKey>, keys: Iterable<DocumentKey>): void {
  for (const key of keys) found.add(key);
}

function keysOf(entities: readonly { readonly key: DocumentKey }[]): readonly DocumentKey[] {
  return entities.map(({ key }) => key);
}

/** Of a policy: those that are for the same. Of anything a policy can name: the policies that do. */
function policiesAbout(mesh: Mesh, key: DocumentKey): readonly DocumentKey[] {
  const { kind, namespace, name } = splitDocumentKey(key);
  const policy = mesh.policies.get(key);
  const places = policy === undefined ? [policyPlace(kind as TargetKind, namespace, name)] : placesOf(policy);
  return [...places].flatMap((place) => keysOf(policiesAt(mesh, place)));
}

/** Routes of a service and to it: they say whether it is there, and what its ports speak. */
function routesAround(mesh: Mesh, service: ServiceKey): readonly DocumentKey[] {
  return keysOf([...routesOfService(mesh, service), ...routesOfBackend(mesh, service)]);
}

/** Others outside that have one of its hosts, or one that a wildcard of it stands for. */
function namesakes(mesh: Mesh, service: ServiceKey): readonly DocumentKey[] {
  const hosts = mesh.services.get(service)?.external?.hosts ?? [];
  return hosts.flatMap(({ host }) => {
    const wildcard = host.startsWith('*.');
    const below = wildcard ? [...mesh.index.servicesByHost.keys()].filter((each) => each.endsWith(host.slice(1))) : [host];
    return [host, ...below].flatMap((each) => servicesOfHost(mesh, each).map((other) => documentOfService(other.key)));
  });
}

/** Routes that get requests this one would, or do not get them because of it. */
function rivalsOf(mesh: Mesh, key: DocumentKey): Iterable<DocumentKey> {
  const route = mesh.routes.get(key);
  return route === undefined ? [] : routesAlike(mesh, route);
}

function servicesOf(mesh: Mesh, key: WorkloadKey): readonly DocumentKey[] {
  const workload = mesh.workloads.get(key);
  return workload === undefined ? [] : servicesOfWorkload(mesh, workload).map(({ namespace, name }) => makeDocumentKey('', 'Service', namespace, name));
}
