import type { Resource, ResourceType } from '../envoy/index.ts';

/** The resources of one type that one proxy should hold now. */
export interface ResourceSet {
  get(name: string): Resource | undefined;
  names(): Iterable<string>;
  readonly size: number;
}

/** Everything one proxy should hold now. Immutable; parts of it are shared between proxies. */
export type Snapshot = Readonly<Record<ResourceType, ResourceSet>>;

/** Names that may differ from the snapshot before, per type; `all` when that is not known (first snapshot, new scope). */
export type Touched = 'all' | Partial<Readonly<Record<ResourceType, ReadonlySet<string>>>>;

/** A set of resources of one type. A later one of the same name wins. */
export function resourceSet(resources: Iterable<Resource>): ResourceSet {
  const byName = new Map<string, Resource>();
  for (const resource of resources) byName.set(resource.name, resource);
  return { get: (name) => byName.get(name), names: () => byName.keys(), size: byName.size };
}

export const EMPTY_SET: ResourceSet = resourceSet([]);

export const EMPTY_SNAPSHOT: Snapshot = {
  cluster: EMPTY_SET,
  endpoints: EMPTY_SET,
  secret: EMPTY_SET,
  listener: EMPTY_SET,
  routes: EMPTY_SET,
  extension: EMPTY_SET,
};
