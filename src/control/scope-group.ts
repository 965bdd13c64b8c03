import { createHash } from 'node:crypto';
import type { Resource, ResourceType } from '../envoy/index.ts';
import type { Touched } from '../xds/index.ts';
import type { Entry, ResourceChange } from './catalog.ts';
import type { ProxyState } from './proxy-state.ts';
import { type Layer, layerOf, SharedSet, TouchedNames } from './resource-sets.ts';

/** Proxies that see the same services in the same views. They share one set of maps, so a thousand of them cost no more than one. */
export interface ScopeGroup {
  readonly key: string;
  readonly entries: readonly Entry[];
  readonly members: Set<ProxyState>;
  layer: Layer;
}

/** Identity of a group: the hash of what it sees, so that keys stay short in a mesh of thousands of services. */
export function groupKey(seen: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const each of seen) hash.update(each).update('\n');
  return hash.digest('base64url').slice(0, 24);
}

/** All that the entries serve. */
export function layerOfEntries(entries: Iterable<Entry>): Layer {
  const resources: Resource[] = [];
  for (const entry of entries) resources.push(...entry.served.values());
  return layerOf(resources);
}

/** A layer with changes; only the types that changed are copied, and only what the change costs. */
export function changedLayer(layer: Layer, changes: readonly ResourceChange[]): Layer {
  const byType = new Map<ResourceType, Map<string, Resource | undefined>>();
  for (const { type, name, resource } of changes) {
    const of = byType.get(type) ?? new Map<string, Resource | undefined>();
    of.set(name, resource);
    byType.set(type, of);
  }
  const next: Partial<Record<ResourceType, SharedSet>> = { ...layer };
  for (const [type, of] of byType) next[type] = (next[type] ?? SharedSet.empty).with(of);
  return next;
}

/** Names in changes, per type. */
export function touchedBy(changes: readonly ResourceChange[]): Touched {
  const touched = new TouchedNames();
  for (const { type, name } of changes) touched.add(type, name);
  return touched.take();
}

/** What a proxy finds different when it goes from one group to another: entries that came, went, or are seen otherwise. */
export function differenceOf(from: ScopeGroup, to: ScopeGroup): readonly ResourceChange[] {
  const changes = new Map<string, ResourceChange>();
  const [had, has] = [new Set(from.entries), new Set(to.entries)];
  for (const entry of from.entries) {
    if (has.has(entry)) continue;
    for (const { type, name } of entry.served.values()) changes.set(`${type} ${name}`, { type, name, resource: undefined });
  }
  for (const entry of to.entries) {
    if (had.has(entry)) continue;
    for (const resource of entry.served.values()) changes.set(`${resource.type} ${resource.name}`, { type: resource.type, name: resource.name, resource });
  }
  return [...changes.values()];
}
