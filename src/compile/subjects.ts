// What a proxy shares with others: services as it sees them, and the Gateway it serves. A control plane compiles each of them once.
import { byCodeUnit } from '../base/index.ts';
import type { GatewayKey, Mesh, ServiceKey } from '../model/index.ts';
import { planGateway } from './gateway/plan.ts';
import { processors } from './plan/processors.ts';
import { scopeOf } from './plan/scope.ts';
import { viewOf } from './plan/view.ts';
import type { ProxyPlan, View } from './plan.ts';

export type Subject =
  | { readonly kind: 'service'; readonly service: ServiceKey; readonly view: View }
  /** `bind`: where its proxy listens when the Gateway names no address. */
  | { readonly kind: 'gateway'; readonly gateway: GatewayKey; readonly bind: readonly string[] };

/** Whose change makes a subject be compiled again; many subjects have one owner. */
export function ownerOf(subject: Subject): string {
  return subject.kind === 'service' ? subject.service : ownerOfGateway(subject.gateway);
}

export function ownerOfGateway(gateway: GatewayKey): string {
  return `gateway ${gateway}`;
}

/** Equal keys, equal bytes. */
export function subjectKey(subject: Subject): string {
  if (subject.kind === 'gateway') return `${ownerOf(subject)} ${subject.bind.join(',')}`;
  return subject.view.key === '' ? subject.service : `${subject.service}#${subject.view.key}`;
}

/** Everything a proxy shares, in a fixed order. Nothing for one whose workload is not in the mesh. */
export function subjectsOf(mesh: Mesh, proxy: ProxyPlan['proxy']): readonly Subject[] {
  if (proxy.role === 'node') return subjectsOfNode(mesh, proxy);
  const workload = mesh.workloads.get(proxy.serves[0] ?? '');
  if (workload === undefined) return [];
  const service = (key: ServiceKey): Subject => ({ kind: 'service', service: key, view: viewOf(mesh, workload, key) });
  const { gateway } = workload;
  const called = processors(mesh).filter((key) => mesh.services.has(key));
  const all = (services: readonly ServiceKey[]) => (called.length === 0 ? services : [...new Set([...services, ...called])].sort(byCodeUnit));
  if (gateway === undefined) return all(scopeOf(mesh, proxy).services).map(service);
  const bind = workload.proxy?.bind ?? '';
  const own: Subject = { kind: 'gateway', gateway, bind: bind === '' ? [] : [bind] };
  return [own, ...all(planGateway(mesh, gateway)?.services ?? []).map(service)];
}

/** What its workloads see, each as itself: those of one identity share. */
function subjectsOfNode(mesh: Mesh, { serves }: ProxyPlan['proxy']): readonly Subject[] {
  const found = new Map<string, Subject>();
  const called = processors(mesh).filter((key) => mesh.services.has(key));
  for (const workload of serves.flatMap((key) => mesh.workloads.get(key) ?? [])) {
    for (const service of [...scopeOf(mesh, { serves: [workload.key] }).services, ...called]) {
      const subject: Subject = { kind: 'service', service, view: viewOf(mesh, workload, service, true) };
      found.set(subjectKey(subject), subject);
    }
  }
  return [...found.entries()].sort(([a], [b]) => byCodeUnit(a, b)).map(([, subject]) => subject);
}
