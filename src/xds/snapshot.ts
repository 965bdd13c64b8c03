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
