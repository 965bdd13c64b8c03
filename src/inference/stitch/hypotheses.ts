// Accounts of who made which call, beside each other.

/** One account of everything so far, as far as it matters for what comes. */
export interface Hypothesis {
  /** The history of each request in flight, by its place in `Beam.flying`. */
  readonly at: number[];
  readonly id: number;
  probability: number;
  /** The probability of the best single way here, relative to the others'. */
  peak: number;
  hash: number;
}

/** What a hypothesis may become by one call. */
export interface Step {
  readonly of: Hypothesis;
  readonly place: number;
  readonly node: number;
  readonly turn: number;
  readonly probability: number;
  readonly peak: number;
}

/** Probabilities that add up to one; whoever leads the best single way comes first. */
export function normalized(next: Hypothesis[]): Hypothesis[] {
  let sum = 0;
  let peak = 0;
  let first = 0;
  for (const [at, one] of next.entries()) {
    sum += one.probability;
    if (one.peak <= peak) continue;
    peak = one.peak;
    first = at;
  }
  for (const one of next) {
    one.probability = sum > 0 ? one.probability / sum : 1 / next.length;
    one.peak = peak > 0 ? one.peak / peak : 1;
  }
  const [head, best] = [next[0], next[first]];
  if (head !== undefined && best !== undefined) {
    next[first] = head;
    next[0] = best;
  }
  return next;
}
