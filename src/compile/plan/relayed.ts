// Servers outside that workloads with relay capture cannot reach: the relay's tunnel is opened for TLS only (Envoy's http_11_proxy).
import type { Diagnostic } from '../../base/index.ts';
import { type Change, type DocumentKey, diagnostic, documentOfService, type Mesh, type Service, type Workload } from '../../model/index.ts';
import { backendTlsFor, backendTlsTouched } from '../gateway/backend-tls.ts';

const RELAYED = new WeakMap<Mesh['workloads'], Workload | undefined>();

const isRelayed = (workload: Workload | undefined): boolean => workload?.proxy?.capture.mode === 'relay';

/** Some workload with relay capture, the same for the same workloads. */
function someRelayed({ workloads }: Mesh): Workload | undefined {
  if (!RELAYED.has(workloads)) RELAYED.set(workloads, [...workloads.values()].find(isRelayed));
  return RELAYED.get(workloads);
}

/** Ports of something outside that the proxy does not encrypt, while there are workloads whose way out needs that. */
export function relayDiagnostics(mesh: Mesh, service: Service): readonly Diagnostic[] {
  const { external } = service;
  if (external === undefined || external.tls !== undefined || external.egress !== undefined) return [];
  const workload = someRelayed(mesh);
  if (workload === undefined) return [];
  if (!external.hosts.some(({ host }) => host.startsWith('*.'))) return [];
  // TLS of the application goes by its server name, which the relay looks up.
  const plain = service.ports.filter((port) => port.encrypted !== true && backendTlsFor(mesh, service, port) === undefined);
  const who = `${workload.namespace}/${workload.name}`;
  return plain.map((port) =>
    diagnostic('WEFT1711', port.origin, `names of a wildcard on port ${port.port} are not reached from workloads with relay capture, such as ${who}`),
  );
}

/** Everything outside, when a change of a workload may have changed who is relayed. */
export function relayNeighbours(before: Mesh, after: Mesh, change: Change): readonly DocumentKey[] {
  if (change.kind === 'BackendTLSPolicy') return backendTlsTouched(before, after, change).map(documentOfService);
  if (change.kind !== 'Workload') return [];
  const [was, is] = [someRelayed(before), someRelayed(after)];
  if (was?.key === is?.key) return [];
  return [before, after].flatMap((mesh) =>
    [...mesh.services.values()].filter(({ external }) => external !== undefined).map((each) => documentOfService(each.key)),
  );
}
