// What there is to report of a Gateway or ListenerSet: the facts of their status, as values.
import { allowsNamespace, type GatewayKey, type Mesh, proxiesOfGateway, type RouteKind } from '../../model/index.ts';
import { routesOfListener } from './attachment.ts';
import { clientCertificateOf } from './client-certificate.ts';
import { deployedAddresses, gatewayDeployment, gatewayRefusals, type Refusal } from './deployment.ts';
import { type Overlap, overlapsOf } from './overlaps.ts';
import { type GatewayState, gatewayState, type ListenerState, type Problem } from './state.ts';

export interface ListenerReport {
  readonly name: string;
  readonly kinds: readonly RouteKind[];
  readonly attachedRoutes: number;
  readonly problems: readonly Problem[];
  readonly overlap?: Overlap;
  readonly served: boolean;
}

export interface GatewayReport {
  /** `foreign`: its class belongs to another controller. `unknown`: its class does not exist. */
  readonly ours: 'yes' | 'foreign' | 'unknown';
  readonly listeners: readonly ListenerReport[];
  readonly attachedSets: number;
  readonly proxies: number;
  /** Of these, how many the kube cluster calls ready: they have taken a configuration, of whichever replica of the control plane. */
  readonly ready: number;
  /** Where clients reach it. */
  readonly addresses: readonly string[];
  /** Why it is not accepted, whatever its listeners are. */
  readonly refusals: readonly Refusal[];
  /** Present where its proxies are made for it. */
  readonly deployed?: { readonly name: string; readonly lacking: readonly string[]; readonly services: readonly string[] };
  /** Clients without a valid certificate are let in. */
  readonly insecure: boolean;
  /** What stands against the certificate for servers outside. */
  readonly clientCertificate?: Problem;
}

export interface ListenerSetReport {
  readonly parent: 'attached' | 'missing' | 'not allowed';
  readonly listeners: readonly ListenerReport[];
  /** As of its Gateway. */
  readonly ready: number;
}

/** On plain machines a proxy is ready when it has told so to the control plane itself. */
function readyOf(mesh: Mesh, id: GatewayKey): number {
  if (gatewayDeployment(mesh, id) === undefined) return 0;
  return proxiesOfGateway(mesh, id).filter(({ state }) => state === 'Ready').length;
}

function reportOf(mesh: Mesh, state: GatewayState, each: ListenerState): ListenerReport {
  const overlap = overlapsOf(state, each);
  const attachedRoutes = routesOfListener(mesh, state, each).length;
  const { listener, kinds, problems, served } = each;
  return { name: listener.name, kinds, attachedRoutes, problems, ...(overlap === undefined ? {} : { overlap }), served };
}

/** Undefined when the Gateway is not in the mesh: it does not exist, or its document has errors. */
export function gatewayReport(mesh: Mesh, id: GatewayKey): GatewayReport | undefined {
  const state = gatewayState(mesh, id);
  if (state === undefined) return undefined;
  const { gateway } = state;
  const proxies = proxiesOfGateway(mesh, id);
  const own = state.listeners.filter(({ owner }) => owner.kind === 'Gateway');
  const problem = clientCertificateOf(mesh, gateway)?.problem;
  const deployment = gatewayDeployment(mesh, id);
  const deployed = deployment === undefined ? undefined : deployedAddresses(mesh, deployment);
  const known = mesh.gatewayClasses.has(gateway.className);
  return {
    ours: state.ours ? 'yes' : known ? 'foreign' : 'unknown',
    listeners: own.map((each) => reportOf(mesh, state, each)),
    // Gateway API counts those that are accepted: at least one of their listeners is served.
    attachedSets: state.sets.filter(({ id: set }) => state.listeners.some(({ owner, served }) => served && owner.kind === 'ListenerSet' && owner.id === set))
      .length,
    proxies: proxies.length,
    ready: readyOf(mesh, id),
    addresses: deployed?.addresses ?? (gateway.addresses.length > 0 ? gateway.addresses : [...new Set(proxies.map(addressOf))].sort()),
    refusals: gatewayRefusals(mesh, gateway),
    ...(deployment === undefined || deployed === undefined
      ? {}
      : { deployed: { name: deployment.name, lacking: deployed.lacking, services: deployed.services } }),
    insecure: [gateway.validation, ...gateway.validationByPort.values()].some((each) => each?.mode === 'AllowInsecureFallback'),
    ...(problem === undefined ? {} : { clientCertificate: problem }),
  };
}

const ANYWHERE: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

function addressOf({ proxy, address }: { readonly proxy?: { readonly bind: string }; readonly address: string }): string {
  const bind = proxy?.bind ?? '';
  return ANYWHERE.has(bind) ? address : bind;
}

/** Undefined when the ListenerSet is not in the mesh. */
export function listenerSetReport(mesh: Mesh, id: GatewayKey): ListenerSetReport | undefined {
  const set = mesh.listenerSets.get(id);
  if (set === undefined) return undefined;
  const state = gatewayState(mesh, set.gateway);
  if (state === undefined) return { parent: 'missing', listeners: [], ready: 0 };
  const { gateway } = state;
  if (!allowsNamespace(mesh, gateway.allowedListeners, { home: gateway.namespace, namespace: set.namespace }))
    return { parent: 'not allowed', listeners: [], ready: 0 };
  const own = state.listeners.filter(({ owner }) => owner.kind === 'ListenerSet' && owner.id === id);
  return { parent: 'attached', listeners: own.map((each) => reportOf(mesh, state, each)), ready: readyOf(mesh, set.gateway) };
}
