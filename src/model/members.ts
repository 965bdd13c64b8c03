// What a service gets from the workloads it selects: the protocol of ports that nobody declared, and, when it is headless, an address
// for each of them. Settled once per change, from what is there then, so that the order of events does not matter.
import { byCodeUnit } from '../base/index.ts';
import { releaseAddress, takeAddress } from './addresses.ts';
import type { DocumentKey, Instance, Protocol, Service, ServiceKey, ServicePort, Workload } from './entities.ts';
import { documentOfService, ownerOf } from './external.ts';
import type { MeshDraft } from './mesh-draft.ts';
import { firstPair, labelPair } from './pairs.ts';

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
    const ports = service.ports.map((port) => (port.declared ? port : portSpoken(port, members)));
    const instances = service.headless ? settleInstances(draft, service, members) : service.instances;
    const same = ports.every((port, at) => port === service.ports[at]) && instances === service.instances;
    if (same) continue;
    draft.services.set(key, { ...service, ports, instances });
    changed.push(documentOfService(key));
  }
  return changed;
}

/** What all workloads that say anything agree on; bytes when they do not, which harms nobody. */
function portSpoken(port: ServicePort, members: readonly Workload[]): ServicePort {
  const said = new Set(members.flatMap((workload) => spokenBy(workload, port) ?? []));
  const [only] = said;
  const detected = said.size === 1 ? only : undefined;
  const protocol = detected ?? 'tcp';
  const told = said.size > 1 ? 'disputed' : detected === undefined ? 'assumed' : 'detected';
  return port.protocol === protocol && port.told === told ? port : { ...port, protocol, told };
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
