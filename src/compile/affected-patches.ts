// What a change of a ProxyPatch touches: the proxies it is for, and nothing that is shared.
import { type GatewayKey, type Mesh, type Policy, type PolicyTarget, selects, serviceKey, type Workload, workloadsOfService } from '../model/index.ts';
import { proxied } from './audience.ts';
import type { Findings } from './findings.ts';

/** Adds the proxies that the patch names, in the mesh before and after. */
export function patchChanged(found: Findings, { namespace, targets, selector }: Policy): void {
  for (const target of targets) {
    if (target.kind === 'Mesh') found.all = true;
    else found.proxiesOf((mesh) => workloadsAt(mesh, target));
  }
  if (selector !== undefined) {
    found.proxiesOf((mesh) => proxied(mesh).all.filter((workload) => workload.namespace === namespace && selects(selector, workload.labels)));
  }
}

function workloadsAt(mesh: Mesh, { kind, namespace, name }: PolicyTarget): readonly Workload[] {
  if (kind === 'Namespace') return proxied(mesh).all.filter((workload) => workload.namespace === name);
  if (kind === 'Gateway')
    return (mesh.index.workloadsByGateway.get(`${namespace}/${name}` as GatewayKey) ?? []).flatMap((key) => mesh.workloads.get(key) ?? []);
  const service = kind === 'Service' ? mesh.services.get(serviceKey(namespace, name)) : undefined;
  return service === undefined ? [] : workloadsOfService(mesh, service);
}
