// Keys that nobody serves, and authorizers that cannot be asked, among the other documents.
import type { Diagnostic } from '../../base/index.ts';
import { diagnostic, type Mesh, originsOf, type Policy, serviceKey, splitServiceKey, workloadsOfService } from '../../model/index.ts';
import {
  AUTHORIZER_FILTERS,
  calledBy,
  EXTERNAL_AUTHORIZATION_POLICY,
  externalAuthorizationPolicy,
  keysUrisOf,
  OIDC_POLICY,
  REQUEST_AUTHENTICATION_POLICY,
} from '../../policy/index.ts';
import { effectiveOnArrival } from './policies.ts';
import { keysSource } from './token-keys.ts';

/** Issuers whose tokens are refused because their keys cannot be fetched. Nothing for other kinds. */
export function requestDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  if (policy.kind === EXTERNAL_AUTHORIZATION_POLICY) return [...authorizerDiagnostics(mesh, policy), ...crowded(mesh, policy)];
  if (policy.kind !== REQUEST_AUTHENTICATION_POLICY || keysUrisOf(policy).length === 0) return [];
  const document = mesh.documents.get(policy.key);
  const at = document === undefined ? (path: string) => ({ ...policy.origin, path }) : originsOf(document);
  const issuers = policy.spec['issuers'] as readonly { readonly keys: { readonly remote?: { readonly uri: string } } }[];
  return issuers.flatMap(({ keys: { remote } }, index) => {
    const source = remote === undefined ? undefined : keysSource(mesh, remote.uri);
    return source !== undefined && 'why' in source ? [diagnostic('WEFT2155', at(`spec.issuers[${index}].keys.remote.uri`), source.why)] : [];
  });
}

function authorizerDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  const document = mesh.documents.get(policy.key);
  const at = document === undefined ? (path: string) => ({ ...policy.origin, path }) : originsOf(document);
  return calledBy(policy).flatMap(({ service, port, path, speaks }) => {
    const { kind, namespace, name } = splitServiceKey(service);
    const words = `${kind} ${namespace}/${name}`;
    const found = mesh.services.get(service);
    if (found === undefined) return [diagnostic('WEFT2161', at(path), `${words} does not exist`)];
    const there = found.ports.find((each) => each.port === port);
    const has = found.ports.map((each) => each.port).join(', ');
    if (there === undefined) return [diagnostic('WEFT2161', at(path), `${words} has no port ${port}; it has ${has === '' ? 'none' : has}`)];
    return speaks.includes(there.protocol)
      ? []
      : [diagnostic('WEFT2161', at(path), `port ${port} of ${words} speaks ${there.protocol}, not ${speaks.join(' or ')}`)];
  });
}

/** More of them in front of a workload than proxies have filters for. */
function crowded(mesh: Mesh, { targets, namespace: ours, origin }: Policy): readonly Diagnostic[] {
  for (const { kind, namespace, name } of targets) {
    const service = kind === 'Service' && namespace === ours ? mesh.services.get(serviceKey(namespace, name)) : undefined;
    const [workload] = service === undefined ? [] : workloadsOfService(mesh, service);
    for (const port of workload === undefined ? [] : workload.ports) {
      if (workload === undefined) continue;
      const { policies } = effectiveOnArrival(mesh, externalAuthorizationPolicy, { workload, port: port.port, protocol: 'http', owner: port });
      const words = `${policies.length} authorizers meet in front of ${workload.key}:${port.port}`;
      if (policies.length > AUTHORIZER_FILTERS.length) return [diagnostic('WEFT2162', { ...origin, path: 'spec' }, words)];
    }
  }
  return [];
}

/** Policies about which something else may have to be said when a Service or ExternalService changes: those that fetch keys, or ask somebody. */
export function policiesAsking(mesh: Mesh): readonly Policy[] {
  if (mesh.policies.size === 0) return [];
  return [...mesh.policies.values()].filter(
    (policy) => policy.kind === EXTERNAL_AUTHORIZATION_POLICY || policy.kind === OIDC_POLICY || keysUrisOf(policy).length > 0,
  );
}
