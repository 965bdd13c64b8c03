import { type Diagnostic, describeOrigin, type Origin } from '../../base/index.ts';
import { ClusterSchema, checkedResource, type Hash, type Init, ListenerSchema, type MessageInitShape, makeResource } from '../../envoy/index.ts';
import { contributionsOf, originsIn } from '../../policy/index.ts';
import { inboundRoutesName } from '../plan/names.ts';
import type { InboundPlan, OutboundPlan, ProxyPlan } from '../plan.ts';
import { emitBanned } from './banned.ts';
import { insidesOf } from './by-name.ts';
import { dnsListener } from './dns.ts';
import { explicitListeners, explicitRoutes } from './explicit.ts';
import { emitModules } from './extensions.ts';
import { fallbackListener } from './fallback.ts';
import { inboundCluster, inboundExtensions, inboundListener, inboundRoutes, plaintextListeners } from './inbound.ts';
import { emitLimiter } from './limiters.ts';
import { outboundListener } from './outbound.ts';
import { fixedCluster, passthroughClusters, relayCluster, UNRESOLVED, undeclaredCluster } from './own-clusters.ts';
import { emitPodReady } from './pod-ready.ts';
import { accepted, type Emitted } from './service.ts';
import { serviceNamesListener } from './service-names.ts';
import { tunnelListener } from './tunnel.ts';
import { namedFor } from './whose.ts';

/** What belongs to one proxy alone: listeners, the way to its applications, and out. Secrets are the control plane's. */
export function emitProxy(plan: ProxyPlan, hash: Hash): Emitted {
  const parts = [
    ...ownClusters(plan, hash),
    ...plan.outbound.flatMap((outbound) => emitOutbound(plan, outbound, hash)),
    ...plan.inbound.flatMap((inbound) => emitInbound(plan, inbound, hash)),
    ...(plan.inbound.length > 0 || plan.proxy.role === 'gateway' ? [emitBanned(plan.proxy.banned, hash)] : []),
  ];
  return { resources: parts.flatMap((part) => part.resources), diagnostics: parts.flatMap((part) => part.diagnostics) };
}

type Listening = (init: MessageInitShape<typeof ListenerSchema> | undefined, origins: readonly Origin[], hash: Hash) => readonly Emitted[];

/** Listeners of a workload, under its name where the proxy serves several. */
function listenersOf(suffix: string, workload: string): Listening {
  const named = namedFor(suffix, workload);
  return (init, origins, hash) => listener(init === undefined ? undefined : ({ ...init, ...named } as Init<typeof ListenerSchema>), origins, hash);
}

function listener(init: MessageInitShape<typeof ListenerSchema> | undefined, origins: readonly Origin[], hash: Hash): readonly Emitted[] {
  const [at] = origins;
  if (init === undefined || at === undefined) return [];
  return [accepted(checkedResource({ type: 'listener', name: init.name ?? '', desc: ListenerSchema, init, origins, hash }), at)];
}

function cluster(init: MessageInitShape<typeof ClusterSchema>, origins: readonly Origin[], hash: Hash): Emitted {
  const at = origins[0] ?? { kind: 'Mesh', namespace: '', name: 'default', path: '' };
  const bytes = fixedCluster(init);
  if (bytes !== undefined) return { resources: [makeResource({ type: 'cluster', name: init.name ?? '', pieces: [bytes], origins, hash })], diagnostics: [] };
  return accepted(checkedResource({ type: 'cluster', name: init.name ?? '', desc: ClusterSchema, init, origins, hash }), at);
}

/** The workload's document is behind everything of its own; the services behind its chains are found by name in the plan. */
function originsOf(plan: ProxyPlan, workload: string): readonly Origin[] {
  const outbound = plan.outbound.find((each) => each.workload.key === workload);
  return outbound === undefined ? [] : [outbound.workload.origin];
}

function emitOutbound(plan: ProxyPlan, outbound: OutboundPlan, hash: Hash): readonly Emitted[] {
  const own = [outbound.workload.origin];
  const listener = listenersOf(outbound.suffix, outbound.workload.key);
  const services = distinct([outbound.workload.origin, ...outbound.chains.map((chain) => chain.origin)]);
  const table = explicitRoutes(plan, outbound);
  const insides = insidesOf(outbound);
  const capture = outbound.workload.proxy?.capture;
  return [
    ...listener(outboundListener(plan, outbound), services, hash),
    ...listener(dnsListener(outbound), services, hash),
    ...listener(serviceNamesListener(outbound), services, hash),
    ...explicitListeners(outbound).flatMap((each) => listener(each, own, hash)),
    ...insides.flatMap((each) => [...listener(each.listener, distinct([...services, ...(each.origins ?? [])]), hash), cluster(each.cluster, own, hash)]),
    ...(capture?.mode === 'relay' ? [...listener(tunnelListener(), own, hash), cluster(relayCluster(capture.directory), own, hash)] : []),
    ...(table === undefined ? [] : [routeTable(table, [...services, ...routeOrigins(outbound)], hash)]),
  ];
}

function routeTable(
  table: { readonly name: string; readonly bytes: Uint8Array; readonly diagnostics: readonly Diagnostic[] },
  origins: readonly Origin[],
  hash: Hash,
): Emitted {
  if (table.diagnostics.length > 0) return { resources: [], diagnostics: table.diagnostics };
  return { resources: [makeResource({ type: 'routes', name: table.name, pieces: [table.bytes], origins: distinct(origins), hash })], diagnostics: [] };
}

function routeOrigins(outbound: OutboundPlan): readonly Origin[] {
  return outbound.chains.flatMap((chain) => chain.routes.map((route) => route.origin));
}

/** Each document once, with the first place in it. */
function distinct(origins: readonly Origin[]): readonly Origin[] {
  const seen = new Map<string, Origin>();
  for (const origin of origins) {
    const key = describeOrigin({ kind: origin.kind, namespace: origin.namespace, name: origin.name, path: '' });
    if (!seen.has(key)) seen.set(key, origin);
  }
  return [...seen.values()];
}

function emitInbound(plan: ProxyPlan, inbound: InboundPlan, hash: Hash): readonly Emitted[] {
  const origins = originsOf(plan, inbound.workload);
  // A fallback has no application: what arrives is for others.
  if (inbound.capture.mode === 'fallback') return emitFallback(plan, inbound, hash);
  const listener = listenersOf(inbound.suffix, inbound.workload);
  const tableOrigins = (port: (typeof inbound.ports)[number]) => distinct([...origins, ...originsIn(port.routeContributions)]);
  const tables = inbound.ports
    .filter((port) => port.protocol !== 'tcp')
    .map((port) =>
      makeResource({ type: 'routes', name: inboundRoutesName(inbound, port.port), pieces: [inboundRoutes(inbound, port)], origins: tableOrigins(port), hash }),
    );
  return [
    ...listener(inboundListener(inbound), chainOrigins(inbound, origins), hash),
    ...plaintextListeners(inbound).flatMap((each) => listener(each, chainOrigins(inbound, origins), hash)),
    ...(inbound.undeclared ? [cluster(undeclaredCluster(inbound), origins, hash)] : []),
    ...emitPodReady(inbound, origins, hash),
    ...inbound.ports.map((port) => cluster(inboundCluster(inbound, port), [...origins, ...originsIn(port.clusterContributions)], hash)),
    { resources: tables, diagnostics: [] },
    ...inbound.ports.flatMap((port) => extensions(inbound, port, { origins, hash })),
    {
      resources: emitModules(
        inbound.ports.flatMap((port) => port.routeContributions),
        hash,
      ),
      diagnostics: [],
    },
  ];
}

/** Documents that say whether connections must be mutual TLS. */
function tlsOrigins({ ports }: InboundPlan): readonly Origin[] {
  return distinct(ports.flatMap((port) => contributionsOf(port.routeContributions, 'mutual-tls').map(({ origin }) => ({ ...origin, path: '' }))));
}

/** Documents that stand in the filter chains themselves. */
function chainOrigins(inbound: InboundPlan, own: readonly Origin[]): readonly Origin[] {
  const authorized = inbound.ports
    .map(({ routeContributions }) => routeContributions)
    .filter((all) => contributionsOf(all, 'callers').length + contributionsOf(all, 'network-filter').length > 0);
  return distinct([...own, ...tlsOrigins(inbound), ...authorized.flatMap(originsIn)]);
}

/** What filters of a port are told by themselves. */
function extensions(
  inbound: InboundPlan,
  port: InboundPlan['ports'][number],
  { origins, hash }: { readonly origins: readonly Origin[]; readonly hash: Hash },
): readonly Emitted[] {
  const behind = [...originsIn(port.routeContributions), ...origins];
  return inboundExtensions(inbound, port).map((init) => emitLimiter(init, { origins: behind, hash }));
}

function emitFallback(plan: ProxyPlan, inbound: InboundPlan, hash: Hash): readonly Emitted[] {
  const chains = plan.outbound.find((each) => each.workload.key === inbound.workload)?.chains ?? [];
  return listener(fallbackListener(inbound, chains), distinct([...originsOf(plan, inbound.workload), ...chains.map((chain) => chain.origin)]), hash);
}

/** Clusters of no workload in particular; several workloads of one proxy leave by the same way. */
function ownClusters(plan: ProxyPlan, hash: Hash): readonly Emitted[] {
  const origins = plan.outbound.map((each) => each.workload.origin);
  const wanted = new Map([UNRESOLVED, ...(plan.passthrough ? plan.outbound.flatMap(passthroughClusters) : [])].map((init) => [init.name, init]));
  return [...wanted.values()].map((init) => cluster(init, origins, hash));
}
