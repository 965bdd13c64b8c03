// From what a client has to what it should have.
import { RESOURCE_TYPES, type Resource, type ResourceType, referencesOf } from '../envoy/index.ts';
import { change, type Draft, forget, send } from './draft.ts';
import { awaitRemovals } from './removals.ts';
import type { Snapshot, Touched } from './snapshot.ts';
import { NOTHING } from './subscription.ts';
import { noteWarming, waits } from './warming.ts';

interface Difference {
  readonly resources: readonly Resource[];
  /** The client has something that is no longer there; it is told when the time has come (removals.ts). */
  readonly gone: boolean;
}

/** What differs among `names` between client and snapshot. Leaves out names nobody subscribed, and versions the client refused. */
export function difference(draft: Draft, snapshot: Snapshot, type: ResourceType, names: Iterable<string>): Difference {
  const { held, wildcard, refused } = draft.types[type];
  const resources: Resource[] = [];
  let gone = false;
  for (const name of names) {
    const known = held.get(name);
    const resource = snapshot[type].get(name);
    if (resource === undefined) gone ||= known !== undefined && known !== NOTHING;
    else if ((known !== undefined || wildcard) && known !== resource.version && refused.get(name) !== resource.version && !waits(draft, resource))
      resources.push(resource);
  }
  return { resources, gone };
}

/** Every name of a type on which client and snapshot can differ. */
function allNames(draft: Draft, snapshot: Snapshot, type: ResourceType): Iterable<string> {
  const { held, wildcard } = draft.types[type];
  return wildcard ? new Set([...snapshot[type].names(), ...held.keys()]) : held.keys();
}

/**
 * Brings a client from the snapshot before to a new one, in one burst: clusters, the endpoints of every new or changed cluster
 * whether asked for or not, secrets, listeners, routes, extensions; removals later. A type whose resources are being sent one by
 * one is left alone: the newest snapshot is taken when that is over.
 */
export function push(draft: Draft, snapshot: Snapshot, touched: Touched): void {
  draft.snapshot = snapshot;
  const companions: Companions = { endpoints: new Set(), secret: new Set() };
  let gone = false;
  for (const type of RESOURCE_TYPES) {
    const names = namesToPush(draft, snapshot, { type, touched, companions });
    if (names === undefined) continue;
    const found = difference(draft, snapshot, type, names);
    gone ||= found.gone;
    if (found.resources.length === 0) continue;
    if (type === 'cluster') noteWarming(draft, found.resources);
    send(draft, type, found.resources, []);
    if (type === 'cluster') markCompanions(draft, found.resources, companions);
  }
  hurryCompanions(draft, companions);
  if (gone || draft.removals !== undefined) awaitRemovals(draft);
}

/**
 * Where a type may differ now; undefined when nothing of it can be sent. Endpoints of a cluster of this burst go out even when no
 * endpoints were asked for on this stream so far: the routes that follow would otherwise send to a cluster that is not warm.
 */
function namesToPush(
  draft: Draft,
  snapshot: Snapshot,
  { type, touched, companions }: { readonly type: ResourceType; readonly touched: Touched; readonly companions: Companions },
): Iterable<string> | undefined {
  const { opened, probing, unanswered } = draft.types[type];
  const company = type === 'endpoints' || type === 'secret' ? companions[type] : undefined;
  if (unanswered !== undefined || probing !== undefined) return undefined;
  if (!opened) return company;
  return touched === 'all' ? allNames(draft, snapshot, type) : union(touched[type], company);
}

/** Sends everything of one type that differs: after its resources were sent one by one. */
export function pushType(draft: Draft, type: ResourceType): void {
  const { snapshot } = draft;
  if (snapshot === undefined) return;
  const { resources, gone } = difference(draft, snapshot, type, allNames(draft, snapshot, type));
  if (resources.length > 0) deliver(draft, type, resources, []);
  if (gone) awaitRemovals(draft);
}

/** Sends resources of one type, and after clusters what has to come with them. An empty answer is sent, too. */
export function deliver(draft: Draft, type: ResourceType, resources: readonly Resource[], removed: readonly string[]): void {
  send(draft, type, resources, removed);
  const { snapshot } = draft;
  if (type !== 'cluster' || snapshot === undefined) return;
  const companions: Companions = { endpoints: new Set(), secret: new Set() };
  markCompanions(draft, resources, companions);
  for (const companion of ['endpoints', 'secret'] as const) {
    const { opened, probing } = draft.types[companion];
    if (!opened || probing !== undefined) continue;
    const found = difference(draft, snapshot, companion, companions[companion]);
    if (found.resources.length > 0) send(draft, companion, found.resources, []);
  }
  hurryCompanions(draft, companions);
}

/** Names that go after clusters. */
type Companions = { readonly endpoints: Set<string>; readonly secret: Set<string> };

/**
 * Endpoints go after their cluster even when they are unchanged: a cluster that was added or changed warms until it gets them,
 * and Envoy does not ask again for those of a changed one. A stream that has not asked for endpoints yet gets them when it does.
 * A new cluster may name a secret that is new as well; unasked it is there when the cluster looks for it.
 */
function markCompanions(draft: Draft, clusters: readonly Resource[], companions: Companions): void {
  const { snapshot } = draft;
  if (snapshot === undefined || clusters.length === 0) return;
  const { opened, held } = draft.types.secret;
  for (const cluster of clusters) {
    if (snapshot.endpoints.get(cluster.name) !== undefined) {
      forget(draft, 'endpoints', cluster.name);
      companions.endpoints.add(cluster.name);
    }
    if (!opened) continue;
    for (const { type, name } of referencesOf(cluster)) {
      if (type !== 'secret' || held.has(name) || snapshot.secret.get(name) === undefined) continue;
      forget(draft, 'secret', name);
      companions.secret.add(name);
    }
  }
}

/** Where resources are being sent one by one, companions join that queue. */
function hurryCompanions(draft: Draft, companions: Companions): void {
  for (const type of ['endpoints', 'secret'] as const) {
    const { probing } = draft.types[type];
    if (probing !== undefined && companions[type].size > 0) change(draft, type, { probing: [...new Set([...probing, ...companions[type]])] });
  }
}

function union(a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): Iterable<string> {
  if (b === undefined || b.size === 0) return a ?? [];
  return a === undefined || a.size === 0 ? b : new Set([...a, ...b]);
}
