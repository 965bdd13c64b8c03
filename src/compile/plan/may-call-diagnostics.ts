// Policies that name somebody of another namespace who has not said that proxies may call him for them.
import type { Diagnostic } from '../../base/index.ts';
import {
  type Change,
  type DocumentKey,
  diagnostic,
  gatewayKey,
  type Mesh,
  originsOf,
  type Policy,
  policiesAt,
  policyPlace,
  routesOfGateway,
  type ServiceKey,
  splitDocumentKey,
  splitServiceKey,
} from '../../model/index.ts';
import { calledBy, OIDC_POLICY, REQUEST_AUTHENTICATION_POLICY, signInPlan } from '../../policy/index.ts';
import { holdsElsewhere, isCalledAsSelf, mayCall } from './may-call.ts';
import { callingPolicies } from './processors.ts';
import { tokenServiceOf } from './sign-in.ts';
import { keysSource } from './token-keys.ts';

interface Named {
  readonly service: ServiceKey;
  /** The field that does. */
  readonly path: string;
}

/** What a policy names that proxies of other namespaces do not call for it. Nothing where only those of its own do. */
export function mayCallDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  const refused = namedBy(mesh, policy).filter(({ service }) => !mayCall(mesh, policy, { caller: '', service }));
  if (refused.length === 0 || !holdsElsewhere(mesh, policy)) return [];
  const document = mesh.documents.get(policy.key);
  const at = document === undefined ? (path: string) => ({ ...policy.origin, path }) : originsOf(document);
  return refused.map(({ service, path }) => {
    const { kind, namespace, name } = splitServiceKey(service);
    const words = `${kind} ${namespace}/${name} is in another namespace, which has not permitted that proxies of others call it for this ${policy.kind}`;
    const from = `from: [{ group: weft.dev, kind: ${policy.kind}, namespace: ${policy.namespace} }]`;
    const to = `to: [{ group: ${kind === 'Service' ? '""' : 'weft.dev'}, kind: ${kind}, name: ${name} }]`;
    return diagnostic('WEFT2156', at(path), words, `apply a ReferenceGrant in namespace ${namespace} with spec: { ${from}, ${to} }`);
  });
}

function namedBy(mesh: Mesh, policy: Policy): readonly Named[] {
  if (policy.kind === OIDC_POLICY) {
    const path = signInPlan(policy).provider === undefined ? 'spec.issuer' : 'spec.provider.tokenEndpoint';
    const service = tokenServiceOf(mesh, policy);
    return service === undefined || !isCalledAsSelf(mesh, service) ? [] : [{ service, path }];
  }
  return policy.kind === REQUEST_AUTHENTICATION_POLICY ? keysOf(mesh, policy) : calledBy(policy);
}

function keysOf(mesh: Mesh, { spec }: Policy): readonly Named[] {
  const issuers = (spec['issuers'] ?? []) as readonly { readonly keys: { readonly remote?: { readonly uri: string } } }[];
  return issuers.flatMap(({ keys: { remote } }, index) => {
    const source = remote === undefined ? undefined : keysSource(mesh, remote.uri);
    if (source === undefined || !('service' in source) || !isCalledAsSelf(mesh, source.service)) return [];
    return [{ service: source.service, path: `spec.issuers[${index}].keys.remote.uri` }];
  });
}

/** Policies about which something else may have to be said when a ReferenceGrant changes, or to which Gateway the routes of a ListenerSet belong. */
export function mayCallNeighbours(mesh: Mesh, { key, kind }: Pick<Change, 'key' | 'kind'>): readonly DocumentKey[] {
  if (mesh.policies.size === 0) return [];
  if (kind === 'ReferenceGrant') return callingPolicies(mesh).map((policy) => policy.key);
  if (kind !== 'ListenerSet') return [];
  const { namespace, name } = splitDocumentKey(key);
  const routes = routesOfGateway(mesh, 'ListenerSet', gatewayKey(namespace, name));
  return routes.flatMap(({ kind: routed, namespace: home, name: called }) =>
    routed === 'UDPRoute' ? [] : policiesAt(mesh, policyPlace(routed, home, called)).map((policy) => policy.key),
  );
}
