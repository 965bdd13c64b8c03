import { Table } from '../base/index.ts';

/** From how many changes on it is cheaper to build a table anew than to copy a shard for each of them. */
const REBUILD_FROM = 512;

/** A table under change: reads see the changes, `commit` gives the new table and leaves the old one as it was. */
export class Draft<V> {
  readonly #base: Table<V>;
  readonly #changes = new Map<string, V | undefined>();

  constructor(base: Table<V>) {
    this.#base = base;
  }

  get(key: string): V | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key);
  }

  set(key: string, value: V): void {
    this.#changes.set(key, value);
  }

  delete(key: string): void {
    if (this.#changes.has(key) || this.#base.has(key)) this.#changes.set(key, undefined);
  }

  /** How many entries were written: what a change costs is tested by counting these. */
  get touched(): number {
    return this.#changes.size;
  }

  commit(): Table<V> {
    if (this.#changes.size >= REBUILD_FROM && this.#changes.size * 4 >= this.#base.size) return this.#rebuilt();
    let table = this.#base;
    for (const [key, value] of this.#changes) table = value === undefined ? table.delete(key) : table.set(key, value);
    return table;
  }

  #rebuilt(): Table<V> {
    const entries: [string, V][] = [];
    for (const [key, value] of this.#base.entries()) if (!this.#changes.has(key)) entries.push([key, value]);
    for (const [key, value] of this.#changes) if (value !== undefined) entries.push([key, value]);
    return Table.from(entries);
  }
}
