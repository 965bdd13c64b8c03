import { WeftError } from '../base/index.ts';
import { STORE_ERRORS } from './errors.ts';
import type { StoreEvent } from './port.ts';

export type Change = Exclude<StoreEvent, { readonly kind: 'bookmark' }>;

interface Entry {
  readonly change: Change;
  readonly bytes: number;
}

/**
 * The newest changes, in order and without a gap: revision r stands at r - floor - 1. It is the one buffer of all watches: each
 * of them only has a place in it, so a slow watch costs nothing and is told when what it has not read yet was compacted.
 */
export class History {
  readonly #limit: number;
  readonly #limitBytes: number;
  #entries: Entry[] = [];
  #bytes = 0;
  #floor: number;

  constructor(options: { readonly floor: number; readonly limit: number; readonly limitBytes: number }) {
    this.#floor = options.floor;
    this.#limit = options.limit;
    this.#limitBytes = options.limitBytes;
  }

  /** The newest revision that is no longer here: a watch may begin from it, not before. */
  get floor(): number {
    return this.#floor;
  }

  get revision(): number {
    return this.#floor + this.#entries.length;
  }

  /** `change.revision` must be the next one. */
  append(change: Change, bytes: number): void {
    this.#entries.push({ change, bytes });
    this.#bytes += bytes;
  }

  /** The change that made `revision`; undefined when it has not happened. The caller has asked `check` before. */
  at(revision: number): Change | undefined {
    return this.#entries[revision - this.#floor - 1]?.change;
  }

  /**
   * The floor after the next compaction when `more` changes of `moreBytes` are added: the present one until a quarter more than
   * the limit is held, so that forgetting is rare and in bulk.
   */
  floorAfter(more: number, moreBytes: number): number {
    const count = this.#entries.length + more;
    const bytes = this.#bytes + moreBytes;
    if (count <= this.#limit * 1.25 && bytes <= this.#limitBytes * 1.25) return this.#floor;
    let drop = 0;
    let dropped = 0;
    while (drop < this.#entries.length && (count - drop > this.#limit || bytes - dropped > this.#limitBytes)) dropped += this.#entries[drop++]?.bytes ?? 0;
    return this.#floor + drop;
  }

  /** Forgets everything up to and including `floor`. */
  compact(floor: number): void {
    if (floor <= this.#floor) return;
    for (const entry of this.#entries.splice(0, floor - this.#floor)) this.#bytes -= entry.bytes;
    this.#floor = floor;
  }

  /** Throws `revision-gone` when a watch cannot begin after `since`: what followed is compacted, or it never was. */
  check(since: number): void {
    if (since >= this.#floor && since <= this.revision) return;
    const why =
      since < this.#floor ? `the history before revision ${this.#floor} is compacted` : `the store is only at revision ${this.revision} (another data folder?)`;
    throw new WeftError(
      'revision-gone',
      STORE_ERRORS['revision-gone'],
      `cannot watch from revision ${since}: ${why}; list again and watch from the list's revision`,
      {
        details: { since, floor: this.#floor, revision: this.revision },
      },
    );
  }
}
