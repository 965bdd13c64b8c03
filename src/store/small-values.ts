import type { StagedValue } from './tables.ts';

/** The small named values in memory, by area. */
export class SmallValues {
  readonly #areas = new Map<string, Map<string, string>>();

  get(area: string, key: string): string | undefined {
    return this.#areas.get(area)?.get(key);
  }

  /** A copy: it does not change under the reader. */
  list(area: string): ReadonlyMap<string, string> {
    return new Map(this.#areas.get(area));
  }

  apply(values: Iterable<StagedValue>): void {
    for (const { area, key, value } of values) {
      const known = this.#areas.get(area) ?? new Map<string, string>();
      this.#areas.set(area, known);
      if (value === undefined) known.delete(key);
      else known.set(key, value);
    }
  }

  clear(): void {
    this.#areas.clear();
  }
}
