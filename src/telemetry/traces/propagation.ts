// Which services pass on what ties their calls together: counted by service and ten minutes, of the calls that were made while something was asked.
import type { BrokenPropagationView } from '../../api/index.ts';
import type { HeldSpan } from './held-span.ts';

export interface Seen {
  readonly span: HeldSpan;
  readonly propagated: boolean;
  /** Something was asked of the workload all the while. */
  readonly asked: boolean;
}

interface Count {
  calls: number;
  propagated: number;
  lastMs: number;
}

const SLOT_MS = 600_000;
const SLOTS = 6 * 24;
const MOST_SERVICES = 5000;
/** Fewer calls say nothing: a job that runs in the background may fall together with a request. */
const ENOUGH = 5;
/** More than this share of calls without a parent is a habit. */
const BROKEN_SHARE = 0.5;

export class Propagation {
  readonly #slots = new Map<number, Map<string, Count>>();

  note(seen: readonly Seen[]): void {
    for (const { span, propagated, asked } of seen) {
      if (!asked && !propagated) continue;
      const count = this.#of(Math.floor(span.startUs / 1000 / SLOT_MS), span.service || span.workload);
      if (count === undefined) continue;
      count.calls++;
      if (propagated) count.propagated++;
      count.lastMs = Math.max(count.lastMs, span.startUs / 1000);
    }
  }

  #of(slot: number, service: string): Count | undefined {
    const services = this.#slots.get(slot) ?? new Map<string, Count>();
    this.#slots.set(slot, services);
    if (this.#slots.size > SLOTS) this.#slots.delete(Math.min(...this.#slots.keys()));
    const known = services.get(service);
    if (known !== undefined || services.size >= MOST_SERVICES) return known;
    const made: Count = { calls: 0, propagated: 0, lastMs: 0 };
    services.set(service, made);
    return made;
  }

  /** Most calls first. */
  broken(since: number): readonly BrokenPropagationView[] {
    const sums = new Map<string, Count>();
    for (const [slot, services] of this.#slots) {
      if ((slot + 1) * SLOT_MS <= since) continue;
      for (const [service, { calls, propagated, lastMs }] of services) {
        const sum = sums.get(service) ?? { calls: 0, propagated: 0, lastMs: 0 };
        sums.set(service, { calls: sum.calls + calls, propagated: sum.propagated + propagated, lastMs: Math.max(sum.lastMs, lastMs) });
      }
    }
    return [...sums]
      .filter(([, { calls, propagated, lastMs }]) => lastMs >= since && calls >= ENOUGH && calls - propagated > calls * BROKEN_SHARE)
      .sort(([, a], [, b]) => b.calls - a.calls)
      .map(([service, { calls, propagated, lastMs }]) => ({ service, calls, propagated, last: new Date(lastMs).toISOString() }));
  }
}
