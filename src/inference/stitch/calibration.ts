// What probabilities that were found are worth. Steps are taken to be independent and ways to be known, and they are neither, so what looks nearly
// sure is less so. Platt's scaling (J. Platt, Probabilistic outputs for support vector machines, 1999): a line through the logits, fitted once
// (bench/calibrate.ts) to worlds made by chance with up to four requests in flight, and judged in others (docs/BENCHMARKS.md, worlds.test.ts).

const LINE = { base: 0.285, slope: 0.736 };
/** Nearer to 0 or 1 than this nothing was fitted. */
const EDGE = 1e-4;

/** How often such a probability is right. It is never more than was found: where the line says more, fewer worlds agree. */
export function calibrated(found: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, found));
  return Math.min(found, 1 / (1 + Math.exp(-(LINE.base + LINE.slope * Math.log(inside / (1 - inside))))));
}
