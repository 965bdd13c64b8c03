// What a service gets from the workloads it selects: the protocol of ports that nobody declared, and, when it is headless, an address
// for each of them. Settled once per change, from what is there then, so that the order of events does not matter.
import { byCodeUnit } from '../base/index.ts';
import { releaseAddress, takeAddress } from './addresses.ts';
import type { DocumentKey, HttpRoute, Instance, Protocol, Service, ServiceKey, ServicePort, Workload } from './entities.ts';
import { documentOfService, ownerOf } from './external.ts';
import { grantedBy } from './granted.ts';
import type { MeshDraft } from './mesh-draft.ts';
import { firstPair, labelPair } from './pairs.ts';
import { serviceNamed, targetsOf } from './targets.ts';

/** Whether the service depends on who its workloads are, beyond their being its endpoints. */
function dependsOnMembers(service: Service): boolean {
  return service.headless || service.ports.some((port) => !port.declared);
}

/** Notes the services whose members a workload is one of; call it before it goes and after it comes. */
export function touchServicesOf(draft: MeshDraft, { namespace, labels }: Workload): void {
  for (const [key, value] of Object.entries(labels)) {
    const pair = labelPair(namespace, key, value);
    for (const each of draft.servicesBySelector.get(pair) ?? []) {
      const service = draft.services.get(each);
      if (service !== undefined && firstPair(service.namespace, service.selector) === pair && dependsOnMembers(service)) draft.members.add(each);
    }
  }
}

function membersOf(draft: MeshDraft, { namespace, selector }: Service): readonly Workload[] {
  const pair = firstPair(namespace, selector);
  const keys = pair === undefined ? [] : (draft.workloadsByLabel.get(pair) ?? []);
  const all = keys.flatMap((key) => draft.workloads.get(key) ?? []);
  return all.filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value)).sort((a, b) => byCodeUnit(a.key, b.key));
}

/** Brings the noted services in line with their members; returns the documents of those that are not what they were. */
export function settleMembers(draft: MeshDraft): readonly DocumentKey[] {
  const changed: DocumentKey[] = [];
  for (const key of draft.members) {
    const service = draft.services.get(key);
    if (service === undefined || !dependsOnMembers(service)) continue;
    const members = membersOf(draft, service);
    const ports = service.ports.map((port) => (port.declared ? port : portSpoken(port, members, () => routedAs(draft, service, port))));
    const instances = service.headless ? settleInstances(draft, service, members) : service.instances;
    const same = ports.every((port, at) => port === service.ports[at]) && instances === service.instances;
    if (same) continue;
    draft.services.set(key, { ...service, ports, instances });
    changed.push(documentOfService(key));
  }
  return changed;
}

/** What all workloads that say anything agree on; bytes when they do not, which harms nobody. */
function portSpoken(port: ServicePort, members: readonly Workload[], routed: () => Protocol | undefined): ServicePort {
  const said = new Set(members.flatMap((workload) => spokenBy(workload, port) ?? []));
  const [only] = said;
  const detected = said.size === 1 ? only : undefined;
  const led = said.size === 0 ? routed() : undefined;
  const protocol = detected ?? led ?? 'tcp';
  const told = said.size > 1 ? 'disputed' : detected !== undefined ? 'detected' : led === undefined ? 'assumed' : 'routed';
  return port.protocol === protocol && port.told === told ? port : { ...port, protocol, told };
}

/**
 * What a port speaks that routes of requests lead to: whoever writes one says that there are requests. Only routes that may name the service count (its
 * namespace's own, and those that a ReferenceGrant lets in), or anybody could change how others reach it.
 */
function routedAs(draft: MeshDraft, service: Service, { port }: ServicePort): Protocol | undefined {
  const backends = (draft.routesByBackend.get(service.key) ?? []).filter(
    (route) => mayLead(draft, route, service) && targetsOf(route).some((target) => serviceNamed(target) === service.key && target.port === port),
  );
  const parents = (draft.routesByParent.get(service.key) ?? []).filter(
    (route) => route.namespace === service.namespace && route.parents.some((parent) => parent.key === service.key && (parent.port ?? port) === port),
  );
  const kinds = new Set([...backends, ...parents].map(({ kind }) => kind));
  if (kinds.has('HTTPRoute')) return 'http';
  return kinds.has('GRPCRoute') ? 'grpc' : undefined;
}

function mayLead(draft: MeshDraft, { kind, namespace }: HttpRoute, service: Service): boolean {
  const grants = namespace === service.namespace ? [] : (draft.grantsByNamespace.get(service.namespace) ?? []);
  const from = { group: 'gateway.networking.k8s.io', kind, namespace };
  const to = { group: '', kind: 'Service', namespace: service.namespace, name: service.name };
  return grantedBy(
    grants.flatMap((key) => draft.grants.get(key) ?? []),
    from,
    to,
  );
}

/** Notes the services that a route leads to: what they speak may be others' word now. Call it after the route came or went. */
export function touchServicesOfRoute(draft: MeshDraft, route: HttpRoute): void {
  const named = [
    ...targetsOf(route).flatMap((target) => serviceNamed(target) ?? []),
    ...route.parents.flatMap((parent) => (parent.kind === 'Service' ? parent.key : [])),
  ];
  for (const key of named) if (draft.services.get(key)?.ports.some((port) => !port.declared) === true) draft.members.add(key);
}

function spokenBy({ ports }: Workload, { targetPort }: ServicePort): Protocol | undefined {
  return ports.find((each) => (typeof targetPort === 'number' ? each.port === targetPort : each.name === targetPort))?.speaks;
}

/** An address per member that stays with it; those of members that left are free again. */
function settleInstances(draft: MeshDraft, service: Service, members: readonly Workload[]): readonly Instance[] {
  const stay = new Set(members.map((workload) => workload.key));
  for (const { name, workload } of service.instances) if (!stay.has(workload)) releaseAddress(draft, ownerOf(service.key, name));
  const known = new Map(service.instances.map((instance) => [instance.workload, instance]));
  const claim = { createdAt: draft.documents.get(documentOfService(service.key))?.metadata.creationTimestamp ?? '' };
  for (const workload of members) {
    const owner = ownerOf(service.key, workload.name);
    const taken = draft.assigned.get(owner) !== undefined;
    if (isReachedItself(workload)) {
      if (taken) releaseAddress(draft, owner);
    } else if (!taken) takeAddress(draft, owner, claim);
  }
  const instances = members.map((workload) => instanceOf(draft, service.key, workload, known.get(workload.key)));
  const same = instances.length === service.instances.length && instances.every((each, at) => each === service.instances[at]);
  return same ? service.instances : instances;
}

/** Whether everybody reaches it at its own address, and knows that without the mesh: pods, and what is not in the mesh. */
function isReachedItself({ proxy, plaintext }: Pick<Workload, 'proxy' | 'plaintext'>): boolean {
  return plaintext === true || proxy?.capture.mode === 'pod';
}

function instanceOf(draft: MeshDraft, service: ServiceKey, workload: Workload, known: Instance | undefined): Instance {
  const { key, name, state, address } = workload;
  const own = isReachedItself(workload);
  const vip = own ? address : (draft.assigned.get(ownerOf(service, name)) ?? '');
  const ready = state === 'Ready';
  if (known !== undefined && known.vip === vip && known.ready === ready && (known.own === true) === own) return known;
  return { workload: key, name, vip, ...(own ? { own } : {}), ready };
}
