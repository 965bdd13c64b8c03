// What is wrong with ExtensionPolicies and ProxyPatches among the other documents.
import type { Diagnostic } from '../../base/index.ts';
import { type DocumentKey, diagnostic, type Mesh, originsOf, type Policy, type ServiceKey, splitServiceKey } from '../../model/index.ts';
import { EXTENSION_POLICY, processorOf, processorPortOf } from '../../policy/index.ts';
import { processors } from './processors.ts';

/** Targets that the document has no right to, and a processor that cannot be called. */
export function extensionDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  return [...foreignTargets(policy), ...processorDiagnostics(mesh, policy)];
}

function foreignTargets({ kind: ours, namespace, targets }: Policy): readonly Diagnostic[] {
  return targets.flatMap(({ kind, namespace: theirs, name, origin }) => {
    if (kind === 'Mesh' || (kind === 'Namespace' ? name : theirs) === namespace) return [];
    const words = `${kind} ${theirs === '' ? '' : `${theirs}/`}${name} is not in namespace ${namespace}: the ${ours} has no effect on it`;
    return [diagnostic('WEFT1869', origin, words)];
  });
}

function processorDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  const key = policy.kind === EXTENSION_POLICY ? processorOf(policy) : undefined;
  if (key === undefined) return [];
  const document = mesh.documents.get(policy.key);
  const at = document === undefined ? { ...policy.origin, path: 'spec.extProc.service' } : originsOf(document)('spec.extProc.service');
  const { namespace, name } = splitServiceKey(key);
  const service = mesh.services.get(key);
  if (service === undefined) return [diagnostic('WEFT1873', at, `Service ${namespace}/${name} does not exist`)];
  const port = service.ports.find((each) => each.port === processorPortOf(policy));
  if (port === undefined) {
    const has = service.ports.map((each) => each.port).join(', ');
    return [diagnostic('WEFT1873', at, `Service ${namespace}/${name} has no port ${processorPortOf(policy) ?? ''}; it has ${has === '' ? 'none' : has}`)];
  }
  if (port.protocol === 'grpc' || port.protocol === 'h2c') return [];
  return [diagnostic('WEFT1873', at, `port ${port.port} of Service ${namespace}/${name} speaks ${port.protocol}, not gRPC`)];
}

/** Extensions that call the Service: they say whether it is there. */
export function extensionsCalling(mesh: Mesh, service: ServiceKey): readonly DocumentKey[] {
  if (!processors(mesh).includes(service)) return [];
  return [...mesh.policies.values()].filter((policy) => policy.kind === EXTENSION_POLICY && processorOf(policy) === service).map((policy) => policy.key);
}
