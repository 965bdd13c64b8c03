// What probabilities that were found are worth. Steps are taken to be independent and ways to be known, and they are neither, so what looks sure in a crowd is
// less so, and what looks doubtful in calm is surer. Platt's scaling (J. Platt, Probabilistic outputs for support vector machines, 1999): logits are put on a line,
// here one whose base and slope depend on the circumstances. Fitted once (bench/calibrate.ts) to worlds made by chance, and judged in others (worlds.test.ts).
import type { Circumstances } from './circumstances.ts';

/** Of `terms`, in their order. */
const WEIGHTS: readonly number[] = [1.343, 2.05, -0.626, -0.399, 0.196, 0.239];

/** Beyond these nothing was fitted: farther from one half, in greater crowds, less familiar. */
const BOUND = { logit: 6, crowd: 8, familiar: -4.5 };

/** Of those that looked quite sure one of some hundreds was wrong; nothing says how to tell it from the others. */
const MOST = 0.999;

/** What confidence is a weighted sum of, as a logit: what was found, the circumstances, and both together. */
export function terms(found: number, { crowd, familiar }: Circumstances): readonly number[] {
  const logit = Math.max(-BOUND.logit, Math.min(BOUND.logit, Math.log(found / (1 - found))));
  const many = Math.log(Math.max(1, Math.min(BOUND.crowd, crowd)));
  const usual = Math.max(BOUND.familiar, familiar);
  return [1, logit, many, logit * many, usual, logit * usual];
}

/** How often a parent that was found with such a probability is right: the more the more was found. */
export function calibrated(found: number, around: Circumstances): number {
  const logit = terms(found, around).reduce((sum, term, at) => sum + term * (WEIGHTS[at] ?? 0), 0);
  return Math.min(MOST, 1 / (1 + Math.exp(-logit)));
}
