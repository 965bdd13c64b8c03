// What a Gateway comes to, together with its ListenerSets: which listeners are served, with which certificates, and what stands against
// the others. Plans, statuses and diagnostics are made of it.
import { byCodeUnit, type Origin } from '../../base/index.ts';
import {
  allowsNamespace,
  type DiagnosticCode,
  type DocumentKey,
  deploysClass,
  type Gateway,
  type GatewayKey,
  type Listener,
  type ListenerSet,
  listenerSetsOf,
  type Mesh,
  type RouteKind,
  type Secret,
  servesClass,
} from '../../model/index.ts';
import { certificatesOf } from './certificates.ts';
import { type ClientTrust, clientTrustOf } from './client-trust.ts';
import { conflictsOf } from './conflicts.ts';
import { kindsOf } from './route-kinds.ts';

export interface Problem {
  /** The condition of the listener that it decides. */
  readonly condition: 'Accepted' | 'ResolvedRefs' | 'Conflicted';
  /** Gateway API's reason. */
  readonly reason: string;
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly origin: Origin;
}

/** Who wrote a listener. */
export interface ListenerOwner {
  readonly kind: 'Gateway' | 'ListenerSet';
  readonly id: GatewayKey;
  readonly key: DocumentKey;
  readonly namespace: string;
}

export interface ListenerState {
  readonly listener: Listener;
  readonly owner: ListenerOwner;
  /** Unique within the Gateway: its name, or `<namespace>/<set>/<name>` in a ListenerSet. */
  readonly id: string;
  readonly problems: readonly Problem[];
  readonly kinds: readonly RouteKind[];
  readonly certificates: readonly Secret[];
  /** Which certificates clients must have, when they must have any. */
  readonly clients?: ClientTrust;
  readonly served: boolean;
}

export interface GatewayState {
  readonly gateway: Gateway;
  /** False when its class is somebody else's: then nothing is done for it. */
  readonly ours: boolean;
  readonly sets: readonly ListenerSet[];
  readonly listeners: readonly ListenerState[];
}

const STATES = new WeakMap<Mesh, Map<GatewayKey, GatewayState | undefined>>();

/** The state of a Gateway, worked out once per mesh; undefined when it does not exist. */
export function gatewayState(mesh: Mesh, id: GatewayKey): GatewayState | undefined {
  const states = STATES.get(mesh) ?? new Map<GatewayKey, GatewayState | undefined>();
  if (states.size === 0) STATES.set(mesh, states);
  if (states.has(id)) return states.get(id);
  const gateway = mesh.gateways.get(id);
  const state = gateway === undefined ? undefined : workOut(mesh, gateway);
  states.set(id, state);
  return state;
}

/** ListenerSets that the Gateway lets in, by precedence. */
export function attachedSets(mesh: Mesh, gateway: Gateway): readonly ListenerSet[] {
  const allowed = ({ namespace }: ListenerSet): boolean => allowsNamespace(mesh, gateway.allowedListeners, { home: gateway.namespace, namespace });
  return listenerSetsOf(mesh, gateway.id).filter(allowed);
}

interface Owned {
  readonly listener: Listener;
  readonly owner: ListenerOwner;
  readonly id: string;
}

function ownedBy(kind: ListenerOwner['kind'], document: Gateway | ListenerSet): readonly Owned[] {
  const { id, key, namespace, name, listeners } = document;
  const owner = { kind, id, key, namespace };
  return listeners.map((listener) => ({ listener, owner, id: kind === 'Gateway' ? listener.name : `${namespace}/${name}/${listener.name}` }));
}

function workOut(mesh: Mesh, gateway: Gateway): GatewayState {
  const sets = attachedSets(mesh, gateway);
  const all = [...ownedBy('Gateway', gateway), ...sets.flatMap((set) => ownedBy('ListenerSet', set))];
  const conflicts = conflictsOf(all);
  const listeners = all.map((each, at) => stateOf(mesh, gateway, { owned: each, conflict: conflicts[at] }));
  return { gateway, ours: servesClass(mesh, gateway.className), sets, listeners };
}

const SERVED_PROTOCOLS: ReadonlySet<string> = new Set(['HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP']);

/** Whether the gateway itself is the server of its clients' TLS. */
export function terminates({ protocol, tls }: Pick<Listener, 'protocol' | 'tls'>): boolean {
  return protocol === 'HTTPS' || (protocol === 'TLS' && tls?.mode === 'Terminate');
}

const NO_CERTIFICATES = { secrets: [], problems: [] } as const;

function stateOf(mesh: Mesh, gateway: Gateway, { owned, conflict }: { readonly owned: Owned; readonly conflict: Problem | undefined }): ListenerState {
  const { listener, owner } = owned;
  const problems: Problem[] = conflict === undefined ? [] : [conflict];
  const supported = SERVED_PROTOCOLS.has(listener.protocol);
  if (!supported) problems.push(unsupported(listener));
  const taken = listener.port === READINESS_PORT && listener.protocol !== 'UDP' && deploysClass(mesh, gateway.className);
  if (taken) problems.push(unavailable(listener));
  const kinds = kindsOf(listener);
  const certificates = terminates(listener) ? certificatesOf(mesh, listener, owner) : NO_CERTIFICATES;
  const clients = terminates(listener) ? clientTrustOf(mesh, gateway, listener.port) : undefined;
  problems.push(...kinds.problems, ...certificates.problems, ...(clients?.problems ?? []));
  const secured = !terminates(listener) || certificates.secrets.length > 0;
  const trusting = clients?.trust === undefined || clients.trust.sources.length > 0;
  return {
    ...owned,
    problems: problems.sort((a, b) => byCodeUnit(a.condition, b.condition)),
    kinds: kinds.kinds,
    certificates: certificates.secrets,
    ...(clients?.trust === undefined ? {} : { clients: clients.trust }),
    served: conflict === undefined && supported && !taken && secured && trusting,
  };
}

/** Proxies in pods have their own port for readiness. */
const READINESS_PORT = 15_021;

function unavailable({ port, origin }: Listener): Problem {
  const message = `port ${port} is where its proxies say that they are ready`;
  return { condition: 'Accepted', reason: 'PortUnavailable', code: 'WEFT2441', message, origin: { ...origin, path: `${origin.path}.port` } };
}

function unsupported({ protocol, origin }: Listener): Problem {
  const message = `gateways of Weft do not serve the protocol ${protocol}`;
  return { condition: 'Accepted', reason: 'UnsupportedProtocol', code: 'WEFT1605', message, origin: { ...origin, path: `${origin.path}.protocol` } };
}
