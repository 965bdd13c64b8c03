/** Time as a dependency. Milliseconds everywhere; `now` is the wall clock since the epoch, `monotonic` never jumps. */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Calls back once after `delayMs`; the returned function cancels. The wait must not keep a process alive. */
  after(delayMs: number, callback: () => void): () => void;
}
