/** What the control plane has done since it was opened, as plain numbers; tests and benchmarks take differences of them. */
export interface Counters {
  /** Services planned, per view, and proxies planned. */
  compiles: number;
  /** Resources turned into bytes. */
  encodes: number;
  /** Bytes of the messages written to streams. */
  bytesSent: number;
  resourcesSent: number;
  /** Snapshots handed to streams because something they may see changed. */
  pushes: number;
  /** Events taken from the source. */
  events: number;
  /** Streams opened. */
  streams: number;
  refusals: number;
}

/** All zero. */
export function newCounters(): Counters {
  return { compiles: 0, encodes: 0, bytesSent: 0, resourcesSent: 0, pushes: 0, events: 0, streams: 0, refusals: 0 };
}
