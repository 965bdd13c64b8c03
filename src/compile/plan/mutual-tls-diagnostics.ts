// What is to be said of a MutualTLSPolicy among the other documents.
import type { Diagnostic } from '../../base/index.ts';
import { diagnostic, type Mesh, type Policy, selects, serviceKey, servicesOfWorkload, type Workload, workloadsOfService } from '../../model/index.ts';
import { MUTUAL_TLS_POLICY, mutualTlsPolicy, tlsModeOf } from '../../policy/index.ts';
import { effectiveOnArrival } from './policies.ts';
import { protocolOf } from './proxy.ts';

/** More workloads than this say nothing more. */
const MOST_WORKLOADS = 20;

/** Ports that nobody has, and plaintext that has to wait. Nothing for other kinds. */
export function mutualTlsDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  if (policy.kind !== MUTUAL_TLS_POLICY) return [];
  const workloads = workloadsOf(mesh, policy);
  if (workloads.length === 0) return [];
  return [...unknownPorts(policy, workloads), ...waiting(mesh, policy, workloads.slice(0, MOST_WORKLOADS))];
}

/** Those that it names more or less one by one: of a whole namespace not every workload need have every port. */
function workloadsOf(mesh: Mesh, { targets, selector, namespace: ours }: Policy): readonly Workload[] {
  const picked = selector === undefined ? [] : [...mesh.workloads.values()].filter((each) => each.namespace === ours && selects(selector, each.labels));
  const named = targets.flatMap(({ kind, namespace, name }) => {
    const service = kind === 'Service' && namespace === ours ? mesh.services.get(serviceKey(namespace, name)) : undefined;
    return service === undefined ? [] : workloadsOfService(mesh, service);
  });
  return [...new Set([...named, ...picked])];
}

function unknownPorts({ spec, origin }: Policy, workloads: readonly Workload[]): readonly Diagnostic[] {
  const known = new Set(workloads.flatMap((workload) => workload.ports.map(({ port }) => port)));
  const ports = (spec['ports'] ?? []) as readonly { readonly port: number }[];
  const has = [...known].sort((a, b) => a - b).join(', ');
  return ports.flatMap(({ port }, at) =>
    known.has(port)
      ? []
      : [
          diagnostic(
            'WEFT2102',
            { ...origin, path: `spec.ports[${at}].port` },
            `no workload it is for has port ${port}; they have ${has === '' ? 'none' : has}`,
          ),
        ],
  );
}

/** Callers in the mesh send plaintext to a port where nobody may say anything first. */
function waiting(mesh: Mesh, { key, origin }: Policy, workloads: readonly Workload[]): readonly Diagnostic[] {
  for (const workload of workloads) {
    const services = servicesOfWorkload(mesh, workload);
    const found = workload.ports.find((port) => {
      if (protocolOf(services, workload, port).protocol !== 'tcp') return false;
      const effective = effectiveOnArrival(mesh, mutualTlsPolicy, { workload, port: port.port, protocol: 'tcp', owner: port });
      const { mode, path } = tlsModeOf(effective, port.port);
      return mode === 'Disabled' && effective.fields.get(path)?.from.policy?.key === key;
    });
    if (found !== undefined)
      return [
        diagnostic(
          'WEFT2101',
          { ...origin, path: 'spec' },
          `port ${found.port} of Workload ${workload.key} speaks TCP: a server that speaks first is heard 3 s late`,
        ),
      ];
  }
  return [];
}
