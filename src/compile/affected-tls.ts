// What a MutualTLSPolicy touches besides the proxies where it holds: how everybody else connects to them.
import {
  type Mesh,
  type Policy,
  type Service,
  type ServiceKey,
  selects,
  serviceKey,
  servicesOfWorkload,
  type Workload,
  workloadsOfService,
} from '../model/index.ts';
import { type Findings, NO_PARTS } from './findings.ts';
import { saysHowToConnect } from './plan/tls-mode.ts';

const CONNECTIONS = { ...NO_PARTS, clusters: true, endpoints: true };

/** Adds services whose workloads the policy is for. */
export function mutualTlsChanged(found: Findings, policy: Policy): void {
  for (const mesh of found.meshes) {
    for (const { kind, name, namespace } of policy.targets) {
      if (kind === 'Mesh') found.everyService(CONNECTIONS);
      else if (kind === 'Namespace')
        touch(
          found,
          mesh,
          [...mesh.workloads.values()].filter((workload) => workload.namespace === name),
        );
      else if (kind === 'Service') touch(found, mesh, behind(mesh, serviceKey(namespace, name)));
    }
    const { selector, namespace } = policy;
    if (selector !== undefined)
      touch(
        found,
        mesh,
        [...mesh.workloads.values()].filter((workload) => workload.namespace === namespace && selects(selector, workload.labels)),
      );
  }
}

/** Which services lead to a workload decides what holds there, and so how it is reached through others. */
export function leadingChanged(found: Findings, key: ServiceKey): void {
  for (const mesh of found.meshes) if (saysHowToConnect(mesh)) touch(found, mesh, behind(mesh, key));
}

function touch(found: Findings, mesh: Mesh, workloads: readonly Workload[]): void {
  const services = new Set<Service>(workloads.flatMap((workload) => servicesOfWorkload(mesh, workload)));
  for (const { key } of services) found.service(key, CONNECTIONS);
}

function behind(mesh: Mesh, key: ServiceKey): readonly Workload[] {
  const service = mesh.services.get(key);
  return service === undefined ? [] : workloadsOfService(mesh, service);
}
