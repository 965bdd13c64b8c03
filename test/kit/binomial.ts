// Exact binomial bounds: how far a count may be from its share before chance is no longer an explanation.

/** ln of `n` over `k`, by summing logarithms: exact enough for n up to a few 100,000. */
function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) sum += Math.log(n - Math.min(k, n - k) + i) - Math.log(i);
  return sum;
}

function probability(n: number, k: number, p: number): number {
  if (p <= 0) return k === 0 ? 1 : 0;
  if (p >= 1) return k === n ? 1 : 0;
  return Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/**
 * The counts of `n` independent trials with probability `p` that are not suspicious: outside of [low, high] lies a probability of at
 * most `alarm` (1e-9 unless said otherwise), half on each side. Clopper and Pearson's tails, read the other way round.
 */
export function binomialRange(n: number, p: number, alarm = 1e-9): { readonly low: number; readonly high: number } {
  let low = 0;
  for (let tail = probability(n, 0, p); tail <= alarm / 2 && low < n; ) tail += probability(n, ++low, p);
  let high = n;
  for (let tail = probability(n, n, p); tail <= alarm / 2 && high > 0; ) tail += probability(n, --high, p);
  return { low, high };
}

/** Throws when `count` of `n` is not what a share of `p` may give (see binomialRange). */
export function expectShare(count: number, n: number, p: number): void {
  const { low, high } = binomialRange(n, p);
  if (count < low || count > high) throw new Error(`${count} of ${n} is outside of [${low}, ${high}], what a share of ${p} gives but once in 10^9 runs`);
}
