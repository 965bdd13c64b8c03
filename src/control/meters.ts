// How long the way of a change takes, and what travels: measured where it happens, shown by whoever shows it. Times are ms of the monotonic clock.
import { Histogram } from '../base/index.ts';
import { RESOURCE_TYPES, type ResourceType } from '../envoy/index.ts';
import type { Push } from './push-traces.ts';

/** 1 ms to a minute: a change in a small mesh takes 3 ms, a herd that comes back seconds. */
const TIMES_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000];
const SIZES_BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

export interface TypeMeters {
  responses: number;
  refusals: number;
  readonly bytes: Histogram;
}

export interface Meters {
  /** From the first event that a proxy was to hear of until it has acknowledged everything. */
  readonly convergence: Histogram;
  /** From an event until work on it begins. */
  readonly queue: Histogram;
  /** Of one batch: events to snapshots. */
  readonly compile: Histogram;
  /** Of one batch: snapshots to bytes on streams. */
  readonly send: Histogram;
  readonly types: Readonly<Record<ResourceType, TypeMeters>>;
  /** Batches by what was urgent in them. */
  readonly triggers: { configuration: number; endpoints: number };
  /** When the oldest event of the batch that is being published came; undefined between batches. */
  changedAt: number | undefined;
  /** The push that is under way, where it is followed; undefined between batches. */
  push: Push | undefined;
  /** Exceptions of the core: bugs. */
  bugs: number;
}

/** All zero. */
export function newMeters(): Meters {
  const type = (): TypeMeters => ({ responses: 0, refusals: 0, bytes: new Histogram(SIZES_BYTES) });
  const time = (): Histogram => new Histogram(TIMES_MS);
  return {
    convergence: time(),
    queue: time(),
    compile: time(),
    send: time(),
    types: Object.fromEntries(RESOURCE_TYPES.map((each) => [each, type()])) as Record<ResourceType, TypeMeters>,
    triggers: { configuration: 0, endpoints: 0 },
    changedAt: undefined,
    push: undefined,
    bugs: 0,
  };
}
