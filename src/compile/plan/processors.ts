// Services that proxies call by themselves while a request passes (external processors, authorizers, the keys of issuers): every proxy
// has a way to them, since any of its routes may need it.
import { byCodeUnit } from '../../base/index.ts';
import type { Mesh, Policy, ServiceKey } from '../../model/index.ts';
import { type Contribution, calledBy, keysUrisOf, OIDC_POLICY, REQUEST_AUTHENTICATION_POLICY } from '../../policy/index.ts';
import type { View } from '../plan.ts';
import { isCalledAsSelf, mayCall, type Naming } from './may-call.ts';
import { clusterName, clusterOf, subsetOf, UNRESOLVED_CLUSTER } from './names.ts';
import { signInText, tokenServiceOf, withSignIn } from './sign-in.ts';
import { keysSource } from './token-keys.ts';

const CALLING = new WeakMap<Mesh['policies'], readonly Policy[]>();
const FOUND = new WeakMap<Mesh, readonly ServiceKey[]>();
const TEXTS = new WeakMap<Mesh, string>();
const NONE: readonly ServiceKey[] = [];

/** Policies whose filters call somebody; found once per set of policies. */
export function callingPolicies({ policies }: Pick<Mesh, 'policies'>): readonly Policy[] {
  const known = CALLING.get(policies);
  if (known !== undefined) return known;
  const found = [...policies.values()].filter((policy) => calledBy(policy).length > 0 || keysUrisOf(policy).length > 0 || policy.kind === OIDC_POLICY);
  CALLING.set(policies, found);
  return found;
}

/** All of them, sorted, whether or not they exist; found once per mesh. */
export function processors(mesh: Mesh): readonly ServiceKey[] {
  if (mesh.policies.size === 0) return NONE;
  const known = FOUND.get(mesh);
  if (known !== undefined) return known;
  const keys = new Set<ServiceKey>(callingPolicies(mesh).flatMap((policy) => calleesOf(mesh, policy)));
  const sorted = keys.size === 0 ? NONE : [...keys].sort(byCodeUnit);
  FOUND.set(mesh, sorted);
  return sorted;
}

/** Whom filters reach, as text: different where it may be other clusters, or none. */
export function reachedText(mesh: Mesh): string {
  if (mesh.policies.size === 0) return '';
  const known = TEXTS.get(mesh);
  if (known !== undefined) return known;
  const uris = callingPolicies(mesh).flatMap((policy) => keysUrisOf(policy).map((uri) => keysSource(mesh, uri)));
  const served = uris.map((source) => ('service' in source ? `${source.service} ${source.host}:${source.port}` : ''));
  const ports = processors(mesh).map((key) => `${key} ${mesh.services.get(key)?.ports.map(({ port }) => port) ?? ''}`);
  const text = [...ports, ...served, ...callingPolicies(mesh).flatMap((policy) => refusedText(mesh, policy))].join(' ');
  TEXTS.set(mesh, text);
  return text;
}

/** What a policy names and only proxies of its own namespace call. */
function refusedText(mesh: Mesh, policy: Policy): readonly string[] {
  const refused = calleesOf(mesh, policy).filter((service) => !mayCall(mesh, policy, { caller: '', service }));
  return refused.map((service) => `${policy.key} not ${service} ${isCalledAsSelf(mesh, service)}`);
}

/** Policies whose filters call a Service. */
export function callersOf(mesh: Mesh, service: ServiceKey): readonly Policy[] {
  if (mesh.policies.size === 0) return [];
  return callingPolicies(mesh).filter((policy) => calleesOf(mesh, policy).includes(service));
}

function calleesOf(mesh: Mesh, policy: Policy): readonly ServiceKey[] {
  const served = keysUrisOf(policy).flatMap((uri) => {
    const source = keysSource(mesh, uri);
    return 'service' in source ? [source.service] : [];
  });
  const signedIn = tokenServiceOf(mesh, policy);
  return [...calledBy(policy).map(({ service }) => service), ...served, ...(signedIn === undefined ? [] : [signedIn])];
}

/** The cluster of a processor under a view; that of nobody while there is no such port: asking it fails, as its failure mode says. */
export function processorCluster(mesh: Mesh, view: View, { service, port }: { readonly service: ServiceKey; readonly port: number }): string {
  const found = mesh.services.get(service);
  return found === undefined || !found.ports.some((each) => each.port === port) ? UNRESOLVED_CLUSTER : clusterOf(found, port, view);
}

/** How filters of a proxy reach what policies name; where they may not, it is the cluster of nobody. */
export interface Reach {
  readonly service: (naming: Naming, service: ServiceKey, port: number) => string;
  readonly keys: (naming: Naming, uri: string) => string;
  /** The mesh in which they are reached. */
  readonly mesh: Mesh;
}

/** For a proxy of the namespace `caller` ('' = any) that sees services as `viewOf` says. */
export function reachOf(mesh: Mesh, caller: string, viewOf: (service: ServiceKey) => View): Reach {
  return {
    mesh,
    service: (naming, service, port) =>
      mayCall(mesh, naming, { caller, service }) ? processorCluster(mesh, viewOf(service), { service, port }) : UNRESOLVED_CLUSTER,
    keys: (naming, uri) => {
      const source = keysSource(mesh, uri);
      const service = 'service' in source ? mesh.services.get(source.service) : undefined;
      // Nobody serves them: then they are not fetched, and no token of theirs is valid.
      if (service === undefined || !('service' in source)) return UNRESOLVED_CLUSTER;
      if (isCalledAsSelf(mesh, service.key) && !mayCall(mesh, naming, { caller, service: service.key })) return UNRESOLVED_CLUSTER;
      return clusterName(source.host, source.port, viewOf(source.service), subsetOf(service));
    },
  };
}

const REACHED = new WeakMap<readonly Contribution[], Map<string, readonly Contribution[]>>();

/** The contributions with a cluster for each that one of them calls; themselves when none does. Kept by identity. */
export function withProcessors(contributions: readonly Contribution[], reach: Reach): readonly Contribution[] {
  const calls = contributions.flatMap((each) => clustersOf(each, reach));
  if (calls.length === 0) return contributions;
  const kept = REACHED.get(contributions) ?? new Map<string, readonly Contribution[]>();
  const id = calls.join(' ');
  const known = kept.get(id);
  if (known !== undefined) return known;
  const reached = contributions.flatMap((each) => reachedBy(each, reach));
  REACHED.set(contributions, kept.set(id, reached));
  return reached;
}

function clustersOf(each: Contribution, reach: Reach): readonly string[] {
  if (each.kind === 'http-filter-to') return [reach.service(each.origin, each.service, each.port)];
  if (each.kind === 'sign-in') return [signInText(reach.mesh, each.plan, (uri) => reach.keys(each.origin, uri))];
  if (each.kind === 'tokens') return each.check.providers.flatMap(({ remote }) => (remote === undefined ? [] : [keysAt(reach, remote)]));
  return [];
}

function keysAt(reach: Reach, { namespace, uri }: { readonly namespace: string; readonly uri: string }): string {
  return reach.keys({ kind: REQUEST_AUTHENTICATION_POLICY, namespace }, uri);
}

function reachedBy(each: Contribution, reach: Reach): Contribution | readonly Contribution[] {
  if (each.kind === 'sign-in') return withSignIn(reach.mesh, each, (uri) => reach.keys(each.origin, uri));
  if (each.kind === 'http-filter-to') {
    const { filter, origin, service, port, config } = each;
    return { kind: 'http-filter', filter, origin, config: config(reach.service(origin, service, port)) };
  }
  if (each.kind !== 'tokens') return each;
  const providers = each.check.providers.map((provider) =>
    provider.remote === undefined ? provider : { ...provider, remote: { ...provider.remote, cluster: keysAt(reach, provider.remote) } },
  );
  return { ...each, check: { ...each.check, providers } };
}
