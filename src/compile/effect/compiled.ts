import type { Hash, Resource, ResourceType } from '../../envoy/index.ts';
import { type Mesh, proxyIdOf, proxyOf, type WorkloadKey } from '../../model/index.ts';
import { emitProxy } from '../emit/proxy.ts';
import { emitService } from '../emit/service.ts';
import { emitGateway } from '../gateway/emit.ts';
import { planGateway } from '../gateway/plan.ts';
import { type PatchDocument, patched, patchesFor, patchesOf } from '../patches.ts';
import { planProxy } from '../plan/proxy.ts';
import { planService } from '../plan/service.ts';
import type { ProxyPlan } from '../plan.ts';
import { type Subject, subjectKey, subjectsOf } from '../subjects.ts';

export interface Fingerprint {
  readonly type: ResourceType;
  readonly name: string;
  readonly version: string;
}

/** What one proxy holds under a mesh. */
export interface Sight {
  readonly proxy: ProxyPlan['proxy'];
  /** What it shares with others, by key. */
  readonly subjects: ReadonlyMap<string, Subject>;
  readonly patches: readonly PatchDocument[];
}

/** One side of a comparison: what proxies hold under a mesh. What is shared is compiled once. */
export class Compiled {
  readonly #mesh: Mesh;
  readonly #hash: Hash;
  readonly #shared = new Map<string, readonly Resource[]>();

  constructor(mesh: Mesh, hash: Hash) {
    this.#mesh = mesh;
    this.#hash = hash;
  }

  /** What its proxy holds for a workload; nothing when it has none. A node's holds nothing for itself. */
  sight(key: WorkloadKey): Sight {
    const workload = this.#mesh.workloads.get(key);
    const role = workload?.gateway !== undefined ? 'gateway' : workload?.proxy?.node === undefined ? 'sidecar' : 'node';
    const proxy: ProxyPlan['proxy'] = { id: workload === undefined ? proxyIdOf(key) : proxyOf(workload), role, serves: [key], envoyVersion: '' };
    if (workload?.proxy === undefined || workload.node === true) return { proxy, subjects: new Map(), patches: [] };
    const subjects = new Map(subjectsOf(this.#mesh, proxy).map((subject) => [subjectKey(subject), subject]));
    return { proxy, subjects, patches: patchesOf(this.#mesh, proxy) };
  }

  /** Fingerprints of these subjects of a proxy, and with `own` of what belongs to it alone, as its patches make them. */
  fingerprints({ proxy, subjects, patches }: Sight, ids: readonly string[], own: boolean): ReadonlyMap<string, Fingerprint> {
    const shared = ids.flatMap((id) => {
      const subject = subjects.get(id);
      return subject === undefined ? [] : this.#resources(id, subject);
    });
    const mine = own && subjects.size > 0 ? emitProxy(planProxy(this.#mesh, proxy), this.#hash).resources : [];
    return new Map([...shared, ...mine].map((resource) => [`${resource.type} ${resource.name}`, this.#fingerprint(resource, patches)]));
  }

  #fingerprint(resource: Resource, patches: readonly PatchDocument[]): Fingerprint {
    const mine = patches.length === 0 ? [] : patchesFor(patches, resource);
    const { type, name, version } = mine.length === 0 ? resource : patched(resource, mine, this.#hash).resource;
    return { type, name, version };
  }

  #resources(id: string, subject: Subject): readonly Resource[] {
    const known = this.#shared.get(id) ?? this.#emit(subject);
    this.#shared.set(id, known);
    return known;
  }

  #emit(subject: Subject): readonly Resource[] {
    if (subject.kind === 'service') return emitService(planService(this.#mesh, subject.service, subject.view), this.#hash).resources;
    const plan = planGateway(this.#mesh, subject.gateway);
    return plan === undefined ? [] : emitGateway(plan, subject.bind, this.#hash).resources;
  }
}
