const SHARDS = 1024;

function shardOf(key: string): number {
  let hash = 0x811c9dc5; // FNV-1a
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % SHARDS;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/**
 * An immutable map from strings. `set` and `delete` cost one shard (size / 1024 entries), not the map, and share the rest;
 * this is what makes a `Mesh` cheap to change. Iteration order is unspecified: sort at the door.
 */
export class Table<V> {
  readonly size: number;
  readonly #shards: readonly ReadonlyMap<string, V>[];

  private constructor(shards: readonly ReadonlyMap<string, V>[], size: number) {
    this.#shards = shards;
    this.size = size;
  }

  static readonly #empty = new Table<never>(new Array<ReadonlyMap<string, never>>(SHARDS).fill(NONE), 0);

  static empty<V>(): Table<V> {
    return Table.#empty as unknown as Table<V>;
  }

  static from<V>(entries: Iterable<readonly [string, V]>): Table<V> {
    const shards = new Array<Map<string, V> | undefined>(SHARDS);
    let size = 0;
    for (const [key, value] of entries) {
      const at = shardOf(key);
      const shard = shards[at] ?? new Map<string, V>();
      shards[at] = shard;
      if (!shard.has(key)) size++;
      shard.set(key, value);
    }
    const filled: ReadonlyMap<string, V>[] = [];
    for (let at = 0; at < SHARDS; at++) filled.push(shards[at] ?? NONE);
    return new Table(filled, size);
  }

  #shard(at: number): ReadonlyMap<string, V> {
    return this.#shards[at] ?? NONE;
  }

  get(key: string): V | undefined {
    return this.#shard(shardOf(key)).get(key);
  }

  has(key: string): boolean {
    return this.#shard(shardOf(key)).has(key);
  }

  /** The same table when the value is already there (identity). */
  set(key: string, value: V): Table<V> {
    const at = shardOf(key);
    const shard = this.#shard(at);
    const known = shard.has(key);
    if (known && shard.get(key) === value) return this;
    return this.#with(at, new Map(shard).set(key, value), known ? this.size : this.size + 1);
  }

  /** The same table when the key is not there. */
  delete(key: string): Table<V> {
    const at = shardOf(key);
    const shard = this.#shard(at);
    if (!shard.has(key)) return this;
    const rest = new Map(shard);
    rest.delete(key);
    return this.#with(at, rest, this.size - 1);
  }

  #with(at: number, shard: ReadonlyMap<string, V>, size: number): Table<V> {
    const shards = this.#shards.slice();
    shards[at] = shard;
    return new Table(shards, size);
  }

  *entries(): IterableIterator<[string, V]> {
    for (const shard of this.#shards) yield* shard;
  }

  *keys(): IterableIterator<string> {
    for (const shard of this.#shards) yield* shard.keys();
  }

  *values(): IterableIterator<V> {
    for (const shard of this.#shards) yield* shard.values();
  }
}
