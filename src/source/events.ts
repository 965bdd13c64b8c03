// What sources tell, and how: as batches of what changed together, never as history.
import type { Document, DocumentKey } from '../model/index.ts';

/** A change of the world as the control plane takes it (control/ports.ts, structurally). */
export type ResourceEvent = { readonly kind: 'put'; readonly document: Document } | { readonly kind: 'delete'; readonly key: DocumentKey };

export interface Source {
  events(signal: AbortSignal): AsyncIterable<readonly ResourceEvent[]>;
}

/** What the reader has not taken yet: the last state of each changed document. */
export class Pending {
  #events = new Map<DocumentKey, ResourceEvent>();
  #ended = false;
  #problem: unknown;
  #wake: (() => void) | undefined;

  put(key: DocumentKey, event: ResourceEvent): void {
    this.#events.set(key, event);
    this.#wake?.();
  }

  /** What waits now, without waiting for more. */
  drain(): readonly ResourceEvent[] {
    const batch = [...this.#events.values()];
    this.#events = new Map();
    return batch;
  }

  end(problem?: unknown): void {
    this.#ended = true;
    this.#problem = problem;
    this.#wake?.();
  }

  /** The next batch, or undefined at the end. Waits one turn of the event loop so that the writes of one transaction stay together. */
  async take(): Promise<readonly ResourceEvent[] | undefined> {
    if (this.#events.size === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    await new Promise<void>((resolve) => setImmediate(resolve));
    const batch = this.drain();
    if (batch.length > 0) return batch;
    if (this.#problem !== undefined) throw this.#problem;
    return undefined;
  }
}
