import type { Clock } from '../base/index.ts';
import type { Document, DocumentKey } from '../model/index.ts';

/** How long a workload whose lease has ended may come back with its token, as after a laptop slept. As long as tokens live. */
const REMEMBER_MS = 3600 * 1000;

interface Lease {
  endsAt: number;
  cancel(): void;
}

/**
 * Leases of workloads, in memory, on the monotonic clock: `ended` is told of each that was not renewed in time, with
 * the document taken from it. A restart begins a full new period for all of them.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #ended: (key: DocumentKey) => void;
  readonly #leases = new Map<DocumentKey, Lease>();
  readonly #gone = new Map<DocumentKey, { readonly document: Document; readonly until: number }>();

  constructor(clock: Clock, leaseMs: number, ended: (key: DocumentKey) => void) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#ended = ended;
  }

  /** Starts or extends a lease by a full period from now. */
  renew(key: DocumentKey): void {
    const endsAt = this.#clock.monotonic() + this.#leaseMs;
    const known = this.#leases.get(key);
    if (known !== undefined) {
      known.endsAt = endsAt;
      return;
    }
    const lease: Lease = { endsAt, cancel: () => {} };
    this.#leases.set(key, lease);
    this.#wait(key, lease);
  }

  keys(): readonly DocumentKey[] {
    return [...this.#leases.keys()];
  }

  has(key: DocumentKey): boolean {
    return this.#leases.has(key);
  }

  /** Forgets a lease without telling anybody. */
  end(key: DocumentKey): void {
    this.#leases.get(key)?.cancel();
    this.#leases.delete(key);
    this.#gone.delete(key);
  }

  /** Keeps what a workload was, in case its machine wakes up again. */
  remember(key: DocumentKey, document: Document): void {
    const now = this.#clock.monotonic();
    for (const [old, { until }] of this.#gone) if (until <= now) this.#gone.delete(old);
    this.#gone.set(key, { document, until: now + REMEMBER_MS });
  }

  /** What a workload was whose lease ended not long ago. */
  recall(key: DocumentKey): Document | undefined {
    const entry = this.#gone.get(key);
    return entry === undefined || entry.until <= this.#clock.monotonic() ? undefined : entry.document;
  }

  close(): void {
    for (const lease of this.#leases.values()) lease.cancel();
    this.#leases.clear();
  }

  // One timer per lease: it looks at the end when it rings, so renewing costs nothing.
  #wait(key: DocumentKey, lease: Lease): void {
    lease.cancel = this.#clock.after(Math.max(0, lease.endsAt - this.#clock.monotonic()), () => {
      if (this.#leases.get(key) !== lease) return;
      if (lease.endsAt > this.#clock.monotonic()) return this.#wait(key, lease);
      this.#leases.delete(key);
      this.#ended(key);
    });
  }
}
