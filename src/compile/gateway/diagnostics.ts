// What there is to say about Gateways, ListenerSets and the routes attached to them.
import type { Diagnostic } from '../../base/index.ts';
import {
  allowsNamespace,
  BUILT_IN_CLASS,
  deploysClass,
  diagnostic,
  type Gateway,
  type GatewayKey,
  type HttpRoute,
  type Mesh,
  proxiesOfGateway,
} from '../../model/index.ts';
import { attachmentOf, isGatewayParent } from './attachment.ts';
import { clientCertificateOf } from './client-certificate.ts';
import { gatewayRefusals, infrastructureDiagnostics } from './deployment.ts';
import { overlapsOf } from './overlaps.ts';
import { parametersAt } from './parameters.ts';
import { type GatewayState, gatewayState, type ListenerState } from './state.ts';

/** Against a Gateway: its class, its listeners, what they refer to, and whether anybody serves it. */
export function gatewayDiagnostics(mesh: Mesh, id: GatewayKey): readonly Diagnostic[] {
  const state = gatewayState(mesh, id);
  if (state === undefined) return [];
  const { gateway } = state;
  if (!state.ours) {
    const known = mesh.gatewayClasses.has(gateway.className);
    const message = known
      ? `GatewayClass ${gateway.className} belongs to ${mesh.gatewayClasses.get(gateway.className)?.controller ?? ''}, not to Weft`
      : `GatewayClass ${gateway.className} does not exist`;
    return [diagnostic('WEFT1608', { ...gateway.origin, path: 'spec.gatewayClassName' }, message, `write gatewayClassName: ${BUILT_IN_CLASS}`)];
  }
  const own = state.listeners.filter(({ owner }) => owner.kind === 'Gateway');
  const refusals = gatewayRefusals(mesh, gateway).map(({ code, origin, message }) => diagnostic(code, origin, message));
  return [
    ...refusals,
    ...infrastructureDiagnostics(mesh, gateway),
    ...own.flatMap(problemsOf),
    ...overlapDiagnostics(state, own),
    ...clientCertificate(mesh, gateway),
    ...insecure(gateway),
    ...unserved(mesh, gateway),
  ];
}

function clientCertificate(mesh: Mesh, gateway: Gateway): readonly Diagnostic[] {
  const problem = clientCertificateOf(mesh, gateway)?.problem;
  return problem === undefined ? [] : [diagnostic(problem.code, problem.origin, problem.message)];
}

function problemsOf({ problems }: ListenerState): readonly Diagnostic[] {
  return problems.map(({ code, origin, message }) => diagnostic(code, origin, message));
}

function overlapDiagnostics(state: GatewayState, listeners: readonly ListenerState[]): readonly Diagnostic[] {
  return listeners.flatMap((each) => {
    const overlap = overlapsOf(state, each);
    return overlap === undefined ? [] : [diagnostic('WEFT1612', each.listener.origin, overlap.message)];
  });
}

function insecure({ validation, validationByPort }: Gateway): readonly Diagnostic[] {
  const all = [validation, ...validationByPort.values()].flatMap((each) => each ?? []);
  return all
    .filter(({ mode }) => mode === 'AllowInsecureFallback')
    .map(({ origin }) => diagnostic('WEFT1614', origin, 'clients without a valid certificate are let in: what they may do is for the backend to decide'));
}

function unserved(mesh: Mesh, { id, namespace, name, className, origin }: Gateway): readonly Diagnostic[] {
  if (proxiesOfGateway(mesh, id).length > 0 || deploysClass(mesh, className)) return [];
  return [diagnostic('WEFT1613', origin, 'no proxy serves it', `start one: weft gateway --name ${name} -n ${namespace}`)];
}

/** Against a GatewayClass: what its parameters lead to. */
export function gatewayClassDiagnostics(mesh: Mesh, name: string): readonly Diagnostic[] {
  if (!deploysClass(mesh, name)) return [];
  return parametersAt(mesh, mesh.gatewayClasses.get(name)?.parameters).problems.map(({ origin, message }) => diagnostic('WEFT2440', origin, message));
}

/** Against a ListenerSet: its parent, and its listeners. */
export function listenerSetDiagnostics(mesh: Mesh, id: GatewayKey): readonly Diagnostic[] {
  const set = mesh.listenerSets.get(id);
  if (set === undefined) return [];
  const state = gatewayState(mesh, set.gateway);
  if (state === undefined) return [diagnostic('WEFT1611', set.parentOrigin, `Gateway ${set.gateway} does not exist`)];
  const { gateway } = state;
  if (!allowsNamespace(mesh, gateway.allowedListeners, { home: gateway.namespace, namespace: set.namespace }))
    return [
      diagnostic(
        'WEFT1611',
        set.parentOrigin,
        `Gateway ${set.gateway} takes no ListenerSets of namespace ${set.namespace} (allowedListeners.namespaces.from: ${gateway.allowedListeners.from})`,
      ),
    ];
  const own = state.listeners.filter(({ owner }) => owner.kind === 'ListenerSet' && owner.id === id);
  return [...own.flatMap(problemsOf), ...overlapDiagnostics(state, own)];
}

/** Parents of a route among Gateways and ListenerSets that it does not get attached to. */
export function detachedDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  return route.parents.flatMap((parent) => {
    if (!isGatewayParent(parent)) return [];
    const outcome = attachmentOf(mesh, route, parent);
    return 'reason' in outcome ? [diagnostic(outcome.code, parent.origin, outcome.message)] : [];
  });
}
