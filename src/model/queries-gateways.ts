// What the compiler asks of a mesh about gateways.

import { byAge } from './age.ts';
import type { DocumentKey, GatewayKey, Service, Workload } from './entities.ts';
import type { AllowedNamespaces, BackendTls, ListenerSet } from './gateways.ts';
import { DEPLOYING_CONTROLLER, OUR_CONTROLLERS } from './kinds/gateway-class.ts';
import type { Mesh } from './mesh.ts';
import { targetIndexKey } from './sections-gateways.ts';

/** Name of the class that is there without a document, and who serves the Gateways of Weft's classes. */
export const BUILT_IN_CLASS = 'weft';

/** Whether Weft serves the Gateways of a class. A document of the built-in name may hand it to somebody else. */
export function servesClass(mesh: Mesh, name: string): boolean {
  const found = mesh.gatewayClasses.get(name);
  return found === undefined ? name === BUILT_IN_CLASS : OUR_CONTROLLERS.has(found.controller);
}

/** Whether Weft makes the proxies of a class's Gateways itself (a Deployment in Kubernetes); of others somebody starts them (`weft gateway`). */
export function deploysClass(mesh: Mesh, name: string): boolean {
  return mesh.gatewayClasses.get(name)?.controller === DEPLOYING_CONTROLLER;
}

/** ListenerSets that name the Gateway, by precedence (older first). */
export function listenerSetsOf(mesh: Mesh, gateway: GatewayKey): readonly ListenerSet[] {
  return (mesh.index.listenerSetsByGateway.get(gateway) ?? []).flatMap((key) => mesh.listenerSets.get(key) ?? []).sort(byAge);
}

/** Workloads that are proxies of the Gateway, sorted by key. */
export function proxiesOfGateway(mesh: Mesh, gateway: GatewayKey): readonly Workload[] {
  return (mesh.index.workloadsByGateway.get(gateway) ?? []).flatMap((key) => mesh.workloads.get(key) ?? []);
}

/** ExternalServices that are reached by the Gateway, which need not exist; sorted by key. */
export function externalsOfGateway(mesh: Mesh, gateway: GatewayKey): readonly Service[] {
  return (mesh.index.externalsByGateway.get(gateway) ?? []).flatMap((key) => mesh.services.get(key) ?? []);
}

/** Documents (Gateways, ListenerSets, BackendTLSPolicies) that refer to a Secret or ConfigMap, which need not exist. */
export function referrersOf(mesh: Mesh, key: DocumentKey): readonly DocumentKey[] {
  return mesh.index.referrers.get(key) ?? [];
}

/** BackendTLSPolicies for a target, by precedence: the older first, then by name. */
export function backendTlsOf(
  mesh: Mesh,
  target: { readonly kind: 'Service' | 'ExternalService'; readonly namespace: string; readonly name: string },
): readonly BackendTls[] {
  return (mesh.index.backendTlsByTarget.get(targetIndexKey(target, target)) ?? []).flatMap((key) => mesh.backendTls.get(key) ?? []).sort(byAge);
}

/** Labels of a namespace: of its Namespace document, and its name as Kubernetes adds it. */
function labelsOf(mesh: Mesh, namespace: string): Readonly<Record<string, string>> {
  return { 'kubernetes.io/metadata.name': namespace, ...mesh.namespaceLabels.get(namespace) };
}

/** Whether documents of `namespace` may attach to something of `home`. */
export function allowsNamespace(mesh: Mesh, allowed: AllowedNamespaces, { home, namespace }: { readonly home: string; readonly namespace: string }): boolean {
  if (allowed.from !== 'Selector') return allowed.from === 'All' || (allowed.from === 'Same' && home === namespace);
  const { matchLabels = {}, matchExpressions = [] } = allowed.selector ?? {};
  const labels = labelsOf(mesh, namespace);
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return equal && matchExpressions.every(({ key, operator, values }) => holds(labels[key], operator, values));
}

function holds(value: string | undefined, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
