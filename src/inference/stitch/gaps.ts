// How long it takes from one thing to the next: a histogram over the logarithm of the gap, made smooth, over something wider where little was seen.

const PER_OCTAVE = 6;
export const BINS = 192;

/** Such that the first bin is one unit wide: as good as linear below ten units, logarithmic above. */
const SCALE = 2 ** (1 / PER_OCTAVE) - 1;

/** Which bin a gap is in; gaps are counted in units of the clock. */
export const binOf = (gap: number): number => (gap > 0 ? Math.min(BINS - 1, Math.floor(Math.log2(1 + gap * SCALE) * PER_OCTAVE)) : 0);

const lowerEdge = (bin: number): number => (2 ** (bin / PER_OCTAVE) - 1) / SCALE;
const WIDTHS = Float64Array.from({ length: BINS }, (_, bin) => lowerEdge(bin + 1) - lowerEdge(bin));

/** What is believed of a gap before anything was seen: any magnitude alike, up to about a minute. */
export const ANY_GAP: Float64Array = (() => {
  const share = Float64Array.from({ length: BINS }, (_, bin) => (bin < 26 * PER_OCTAVE ? 1 : 0.01));
  const sum = share.reduce((all, one) => all + one, 0);
  return share.map((one) => one / sum);
})();

function spreadOf(counts: Float64Array, total: number): number {
  let mean = 0;
  for (let bin = 0; bin < BINS; bin++) mean += (bin * (counts[bin] ?? 0)) / total;
  let variance = 0;
  let below = 0;
  let low = -1;
  let high = BINS;
  for (let bin = 0; bin < BINS; bin++) {
    const count = counts[bin] ?? 0;
    variance += (count * (bin - mean) ** 2) / total;
    below += count;
    if (low < 0 && below >= total / 4) low = bin;
    if (high === BINS && below >= (total * 3) / 4) high = bin;
  }
  return Math.min(Math.sqrt(variance), Math.max(1, high - low) / 1.34);
}

/** Shares per bin: the counts with a Gaussian kernel (Silverman's width), mixed with `wider`, which weighs as much as `weight` observations. */
export function smoothed(counts: Float64Array, wider: Float64Array, weight: number): Float64Array {
  const total = counts.reduce((all, one) => all + one, 0);
  const shares = wider.map((one) => (one * weight) / (total + weight));
  if (total < 1e-6) return shares;
  const width = Math.max(0.6, 0.9 * spreadOf(counts, total) * Math.max(1, total) ** -0.2);
  const reach = Math.ceil(3 * width);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * width * width)));
  const mass = kernel.reduce((all, one) => all + one, 0) * (total + weight);
  for (let bin = 0; bin < BINS; bin++) {
    const count = counts[bin] ?? 0;
    if (count === 0) continue;
    for (let at = -reach; at <= reach; at++) {
      const to = Math.max(0, Math.min(BINS - 1, bin + at));
      shares[to] = (shares[to] ?? 0) + (count * (kernel[at + reach] ?? 0)) / mass;
    }
  }
  return shares;
}

/** Likelihood of a gap per unit of the clock, by bin. */
export const densities = (shares: Float64Array): Float64Array => shares.map((share, bin) => share / (WIDTHS[bin] ?? 1));
