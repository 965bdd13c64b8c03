export interface QueueLimits {
  /** Of one source; one more is turned away. */
  readonly mostOfOne: number;
}

/**
 * Who waits, by source: sources that are known come first, and among equals each source has its turn, so that one that sends a thousand waits for itself.
 * Plain values: no clock, no sockets.
 */
export class FairQueue<T> {
  readonly #limits: QueueLimits;
  /** In the order of their turns. */
  readonly #known = new Map<string, T[]>();
  readonly #strangers = new Map<string, T[]>();
  #size = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** False: its source has too many waiting already. */
  add(source: string, known: boolean, item: T): boolean {
    const sources = known ? this.#known : this.#strangers;
    const waiting = sources.get(source);
    if (waiting !== undefined && waiting.length >= this.#limits.mostOfOne) return false;
    if (waiting === undefined) sources.set(source, [item]);
    else waiting.push(item);
    this.#size++;
    return true;
  }

  next(): T | undefined {
    return this.#from(this.#known) ?? this.#from(this.#strangers);
  }

  #from(sources: Map<string, T[]>): T | undefined {
    for (const [source, waiting] of sources) {
      const item = waiting.shift();
      // Behind the others, or gone.
      sources.delete(source);
      if (waiting.length > 0) sources.set(source, waiting);
      if (item === undefined) continue;
      this.#size--;
      return item;
    }
    return undefined;
  }
}
