import { byCodeUnit, Table } from '../base/index.ts';
import { RESOURCE_TYPES, type Resource, type ResourceType } from '../envoy/index.ts';
import type { ResourceSet, Snapshot, Touched } from '../xds/index.ts';

/** Above this size a copy per change costs more than a persistent table's shards. */
const SMALL = 128;

/** Immutable set of resources: a sorted list while small (a scoped proxy; a map would be five times its size), a persistent table when large (the whole mesh). */
export class SharedSet implements ResourceSet {
  readonly #of: readonly Resource[] | Table<Resource>;

  private constructor(of: readonly Resource[] | Table<Resource>) {
    this.#of = of;
  }

  static readonly empty = new SharedSet([]);

  /** A later one of the same name wins. */
  static of(resources: readonly Resource[]): SharedSet {
    if (resources.length === 0) return SharedSet.empty;
    return SharedSet.#from(new Map(resources.map((resource) => [resource.name, resource])));
  }

  static #from(resources: ReadonlyMap<string, Resource>): SharedSet {
    return new SharedSet(resources.size > SMALL ? Table.from(resources) : [...resources.values()].sort((a, b) => byCodeUnit(a.name, b.name)));
  }

  get size(): number {
    return this.#of instanceof Table ? this.#of.size : this.#of.length;
  }

  get(name: string): Resource | undefined {
    if (this.#of instanceof Table) return this.#of.get(name);
    const found = this.#of[placeOf(this.#of, name)];
    return found?.name === name ? found : undefined;
  }

  names(): Iterable<string> {
    return this.#of instanceof Table ? this.#of.keys() : this.#of.map((resource) => resource.name);
  }

  /** With some resources put or (undefined) taken away; costs the change, not the set. */
  with(changes: ReadonlyMap<string, Resource | undefined>): SharedSet {
    if (this.#of instanceof Table) {
      let table = this.#of;
      for (const [name, resource] of changes) table = resource === undefined ? table.delete(name) : table.set(name, resource);
      return new SharedSet(table);
    }
    if (changes.size === 1) for (const [name, resource] of changes) return this.#withOne(this.#of, name, resource);
    const next = new Map<string, Resource>(this.#of.map((resource) => [resource.name, resource]));
    for (const [name, resource] of changes) {
      if (resource === undefined) next.delete(name);
      else next.set(name, resource);
    }
    return SharedSet.#from(next);
  }

  /** The usual change, for every group of proxies that sees a service: a copy of a short list. */
  #withOne(list: readonly Resource[], name: string, resource: Resource | undefined): SharedSet {
    const place = placeOf(list, name);
    const known = list[place]?.name === name ? 1 : 0;
    const next = list.toSpliced(place, known, ...(resource === undefined ? [] : [resource]));
    return next.length > SMALL ? SharedSet.of(next) : new SharedSet(next);
  }
}

/** Where a name is in a sorted list, or would be. */
function placeOf(list: readonly Resource[], name: string): number {
  let low = 0;
  for (let high = list.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.name ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A proxy's own resources over those it shares with others. The two never have a name in common, except while one replaces the other. */
export class LayeredSet implements ResourceSet {
  readonly #own: SharedSet;
  readonly #shared: ResourceSet;

  private constructor(own: SharedSet, shared: ResourceSet) {
    this.#own = own;
    this.#shared = shared;
  }

  /** The shared set itself when there is nothing to lay over it, and the other way round. */
  static of(own: SharedSet, shared: ResourceSet): ResourceSet {
    if (own.size === 0) return shared;
    return shared.size === 0 ? own : new LayeredSet(own, shared);
  }

  get size(): number {
    return this.#own.size + this.#shared.size;
  }

  get(name: string): Resource | undefined {
    return this.#own.get(name) ?? this.#shared.get(name);
  }

  *names(): Iterable<string> {
    yield* this.#own.names();
    for (const name of this.#shared.names()) if (this.#own.get(name) === undefined) yield name;
  }
}

/** A set with other resources under some of its names. */
export class OverlaidSet implements ResourceSet {
  readonly #base: ResourceSet;
  readonly #over: ReadonlyMap<string, Resource>;

  /** Every name of `over` is one of `base`. */
  constructor(base: ResourceSet, over: ReadonlyMap<string, Resource>) {
    this.#base = base;
    this.#over = over;
  }

  get size(): number {
    return this.#base.size;
  }

  get(name: string): Resource | undefined {
    return this.#over.get(name) ?? this.#base.get(name);
  }

  names(): Iterable<string> {
    return this.#base.names();
  }
}

export type Layer = Readonly<Partial<Record<ResourceType, SharedSet>>>;

/** Resources sorted into one set per type; types without any are left out. */
export function layerOf(resources: readonly Resource[]): Layer {
  const byType: Partial<Record<ResourceType, Resource[]>> = {};
  for (const resource of resources) {
    byType[resource.type] ??= [];
    byType[resource.type]?.push(resource);
  }
  const layer: Partial<Record<ResourceType, SharedSet>> = {};
  for (const type of RESOURCE_TYPES) {
    const found = byType[type];
    if (found !== undefined) layer[type] = SharedSet.of(found);
  }
  return layer;
}

/** One snapshot out of layers; the first one wins. */
export function snapshotOf(own: Layer, shared: Layer): Snapshot {
  const of = (type: ResourceType): ResourceSet => LayeredSet.of(own[type] ?? SharedSet.empty, shared[type] ?? SharedSet.empty);
  return {
    cluster: of('cluster'),
    endpoints: of('endpoints'),
    secret: of('secret'),
    listener: of('listener'),
    routes: of('routes'),
    extension: of('extension'),
  };
}

/** Names that changed, per type, as they are collected; `add` of everything is kept as `all`. */
export class TouchedNames {
  #all = false;
  #byType: Partial<Record<ResourceType, Set<string>>> = {};
  #size = 0;

  get empty(): boolean {
    return !this.#all && this.#size === 0;
  }

  add(type: ResourceType, name: string): void {
    const names = this.#byType[type] ?? new Set();
    this.#byType[type] = names;
    if (!names.has(name)) this.#size++;
    names.add(name);
  }

  addAll(): void {
    this.#all = true;
  }

  merge(other: Touched): void {
    if (other === 'all') {
      this.#all = true;
      return;
    }
    for (const type of RESOURCE_TYPES) for (const name of other[type] ?? []) this.add(type, name);
  }

  /** What was collected; starts anew. */
  take(): Touched {
    const touched: Touched = this.#all ? 'all' : this.#byType;
    this.#all = false;
    this.#byType = {};
    this.#size = 0;
    return touched;
  }
}
