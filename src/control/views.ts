import type { ProxyResourceView, ProxyView } from '../api/index.ts';
import { CALLERS_SECRET, SYSTEM_BUNDLE_SECRET } from '../compile/index.ts';
import { decodeResource, RESOURCE_TYPES, type Resource } from '../envoy/index.ts';
import { type Mesh, type ProxyId, parseSpiffeId, proxyIdOf, spiffeId, type Workload } from '../model/index.ts';
import { standing } from '../xds/index.ts';
import type { Acceptance } from './acceptance.ts';
import { isPlaceholder } from './certificates.ts';
import type { Fleet } from './fleet.ts';
import type { ProxyRefusal, ProxyState } from './proxy-state.ts';
import type { QuarantineWard } from './quarantine.ts';

/** Every proxy that is connected or has a workload registered for it, by id. */
export function proxyViews(mesh: Mesh, fleet: Fleet, ward: Pick<QuarantineWard, 'of'>): readonly ProxyView[] {
  const views: ProxyView[] = [];
  for (const workload of mesh.workloads.values()) {
    const state = fleet.proxies.get(proxyIdOf(workload.key));
    if (state !== undefined) views.push(withQuarantine(viewOfState(mesh, state, fleet.acceptance), ward));
    else if (workload.proxy !== undefined && workload.proxy.node === undefined) views.push(absentView(mesh, workload));
  }
  return views.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/**
 * A document that this proxy refused stays refused until it changes, although the proxy meanwhile runs its last good content and has
 * acknowledged everything.
 */
function withQuarantine(view: ProxyView, ward: Pick<QuarantineWard, 'of'>): ProxyView {
  const aside = ward.of(view.id).map(({ document, words, at }) => ({ resource: '', documents: [document], words, at }));
  if (aside.length === 0) return view;
  return { ...view, sync: view.connected ? 'refused' : view.sync, refusals: [...view.refusals, ...aside] };
}

function absentView(mesh: Mesh, workload: Workload): ProxyView {
  return {
    id: proxyIdOf(workload.key),
    namespace: workload.namespace,
    name: workload.name,
    role: roleOf(workload),
    ...(workload.node === true ? { serves: [] } : {}),
    identity: spiffeId(mesh.config.trustDomain, workload.namespace, workload.serviceAccount),
    connected: false,
    sync: 'disconnected',
    envoyVersion: '',
    configuredAt: 0,
    scope: { services: 0, of: mesh.services.size },
    certificateNotAfter: 0,
    refusals: [],
  };
}

/** A node has a service once for each identity that sees it. */
function servicesSeen({ group }: ProxyState): number {
  return new Set((group?.entries ?? []).flatMap(({ subject }) => (subject.kind === 'service' ? [subject.service] : []))).size;
}

function roleOf({ gateway, node }: Workload): ProxyView['role'] {
  if (node === true) return 'node';
  return gateway === undefined ? 'sidecar' : 'gateway';
}

function viewOfState(mesh: Mesh, state: ProxyState, shared: Acceptance): ProxyView {
  const refusals = refusalsOf(state, shared);
  const [namespace = '', name = ''] = state.workload.split('/');
  return {
    id: state.id,
    namespace,
    name,
    role: state.proxy.role,
    ...(state.role === 'node' ? { serves: [...state.serves] } : {}),
    identity: state.identity,
    connected: state.outlet !== undefined,
    sync: syncOf(state, refusals.length > 0),
    envoyVersion: state.envoyVersion,
    configuredAt: state.configuredAt,
    scope: { services: servicesSeen(state), of: mesh.services.size },
    certificateNotAfter: state.certificateNotAfter,
    refusals: refusals.map(({ type, name: refused, documents, words, at }) => ({ resource: `${type} ${refused}`, documents, words, at })),
  };
}

/** What is refused and gone, not merely held back, is no trouble any more. */
function refusalsOf(state: ProxyState, shared: Acceptance): readonly ProxyRefusal[] {
  const snapshot = state.snapshot();
  return [...state.refusals.values()].filter(
    ({ type, name }) => snapshot[type].get(name) !== undefined || state.acceptance.holds(type, name) || shared.holds(type, name),
  );
}

function syncOf(state: ProxyState, refuses: boolean): ProxyView['sync'] {
  if (state.outlet === undefined) return 'disconnected';
  if (refuses) return 'refused';
  const { subscription } = state.outlet;
  return subscription.snapshot === undefined || state.dirty || standing(subscription).pending > 0 ? 'pending' : 'in sync';
}

/** Connected proxies that have not taken up everything yet, and do not refuse it. */
export function* behindOf(states: Iterable<ProxyState>): Iterable<ProxyId> {
  for (const state of states) if (syncOf(state, state.refusals.size > 0) === 'pending') yield state.id;
}

/** Everything a connected proxy should hold, decoded, by type in the order of a push and then by name. Empty for an unknown proxy. */
export function resourceViews(state: ProxyState | undefined): readonly ProxyResourceView[] {
  if (state === undefined) return [];
  const snapshot = state.snapshot();
  return RESOURCE_TYPES.flatMap((type) => {
    return [...snapshot[type].names()].sort().flatMap((name) => {
      const resource = snapshot[type].get(name);
      // Everybody may have what the system trusts and whose callers are known; only who calls something outside with TLS, or is called, asks for it.
      const unasked = (name === SYSTEM_BUNDLE_SECRET || name === CALLERS_SECRET) && resource !== undefined && !state.runs(resource);
      return resource === undefined || unasked ? [] : [resourceView(state, type, resource)];
    });
  });
}

function resourceView(state: ProxyState, type: ProxyResourceView['type'], resource: Resource): ProxyResourceView {
  const { name, version, origins } = resource;
  // A certificate that a control plane before this one gave out: the proxy has it, we do not.
  const content = isPlaceholder(resource) ? { name, not_after: new Date(state.certificateNotAfter).toISOString() } : decodeResource(resource);
  return { type, name, version, acknowledged: state.runs(resource), origins, content };
}

/** `namespace/account` of an identity; '' when it is none of ours. */
export function accountOf(id: string): string {
  const parsed = parseSpiffeId(id);
  return parsed.ok ? `${parsed.value.namespace}/${parsed.value.serviceAccount}` : '';
}
