// Which routes belong to which listeners: by parentRef, allowedRoutes and host names.
import { allowsNamespace, type DiagnosticCode, type HttpRoute, type Mesh, type RouteParent, routesOfGateway } from '../../model/index.ts';
import { intersection } from './hostnames.ts';
import { type GatewayState, gatewayState, type ListenerState } from './state.ts';

export type GatewayParent = Extract<RouteParent, { kind: 'Gateway' | 'ListenerSet' }>;

/** Why a route is not attached to a parent, in Gateway API's words. */
export interface Detached {
  readonly reason: 'NoMatchingParent' | 'NotAllowedByListeners' | 'NoMatchingListenerHostname';
  readonly code: DiagnosticCode;
  readonly message: string;
}

export const isGatewayParent = (parent: RouteParent): parent is GatewayParent => parent.kind !== 'Service';

const wordsOf = ({ kind, key }: GatewayParent): string => `${kind} ${key}`;

/** The Gateway that a parent leads to, and the listeners among which it chooses. */
function candidates(mesh: Mesh, parent: GatewayParent): { readonly state: GatewayState; readonly listeners: readonly ListenerState[] } | undefined {
  const id = parent.kind === 'Gateway' ? parent.key : mesh.listenerSets.get(parent.key)?.gateway;
  const state = id === undefined ? undefined : gatewayState(mesh, id);
  if (state === undefined) return undefined;
  return { state, listeners: state.listeners.filter(({ owner }) => owner.kind === parent.kind && owner.id === parent.key) };
}

const takesKind = (state: ListenerState, kind: string): boolean => state.kinds.some((each) => each.kind === kind);

function hostsMeet({ listener }: ListenerState, route: HttpRoute): boolean {
  return route.hostnames.length === 0 || route.hostnames.some((host) => intersection(listener.hostname, host) !== undefined);
}

const kindOfRoute = (route: HttpRoute): string => route.origin.kind;

/** The listeners that a route attaches to by one of its parents, or why there is none. */
export function attachmentOf(mesh: Mesh, route: HttpRoute, parent: GatewayParent): readonly ListenerState[] | Detached {
  const found = candidates(mesh, parent);
  if (found === undefined) {
    const there = parent.kind === 'ListenerSet' && mesh.listenerSets.get(parent.key) !== undefined;
    return none('NoMatchingParent', there ? `the Gateway of ${wordsOf(parent)} does not exist` : `${wordsOf(parent)} does not exist`);
  }
  const named = found.listeners.filter(
    ({ listener }) => (parent.section ?? listener.name) === listener.name && (parent.port ?? listener.port) === listener.port,
  );
  if (named.length === 0) return none('NoMatchingParent', missing(parent, found.listeners));
  const allowed = named.filter(
    (state) =>
      takesKind(state, kindOfRoute(route)) && allowsNamespace(mesh, state.listener.namespaces, { home: state.owner.namespace, namespace: route.namespace }),
  );
  if (allowed.length === 0) return none('NotAllowedByListeners', refusal(named, route));
  const matching = allowed.filter((state) => hostsMeet(state, route));
  if (matching.length > 0) return matching;
  const hosts = allowed.map(({ listener }) => `"${listener.name}" has ${listener.hostname}`);
  return none('NoMatchingListenerHostname', `none of the hostnames of the route is one of its listeners': ${hosts.join(', ')}`);
}

const CODES = { NoMatchingParent: 'WEFT1620', NotAllowedByListeners: 'WEFT1621', NoMatchingListenerHostname: 'WEFT1622' } as const;

function none(reason: Detached['reason'], message: string): Detached {
  return { reason, code: CODES[reason], message };
}

function missing(parent: GatewayParent, listeners: readonly ListenerState[]): string {
  const has = listeners.map(({ listener }) => `"${listener.name}" (${listener.port})`).join(', ');
  const wanted = [...(parent.section === undefined ? [] : [`"${parent.section}"`]), ...(parent.port === undefined ? [] : [`on port ${parent.port}`])].join(' ');
  if (listeners.length === 0) return `${wordsOf(parent)} has no listener that its Gateway takes`;
  return `${wordsOf(parent)} has no listener ${wanted}; it has ${has}`;
}

function refusal(named: readonly ListenerState[], route: HttpRoute): string {
  const [first] = named;
  const kind = kindOfRoute(route);
  if (first !== undefined && named.every((state) => !takesKind(state, kind))) return `listener "${first.listener.name}" takes no ${kind}`;
  return `listener "${first?.listener.name ?? ''}" takes no routes of namespace ${route.namespace} (allowedRoutes.namespaces.from: ${first?.listener.namespaces.from ?? ''})`;
}

const ATTACHED = new WeakMap<Mesh, Map<string, readonly HttpRoute[]>>();

/** Routes of a listener, by precedence of age. */
export function routesOfListener(mesh: Mesh, gateway: GatewayState, state: ListenerState): readonly HttpRoute[] {
  const kept = ATTACHED.get(mesh) ?? new Map<string, readonly HttpRoute[]>();
  if (kept.size === 0) ATTACHED.set(mesh, kept);
  const key = `${gateway.gateway.id} ${state.id}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const attaches = (route: HttpRoute): boolean =>
    route.parents.some((parent) => {
      if (!isGatewayParent(parent) || parent.kind !== state.owner.kind || parent.key !== state.owner.id) return false;
      const outcome = attachmentOf(mesh, route, parent);
      return Array.isArray(outcome) && outcome.includes(state);
    });
  const routes = routesOfGateway(mesh, state.owner.kind, state.owner.id).filter(attaches);
  kept.set(key, routes);
  return routes;
}
