// What the hypotheses came from: every step from one to the next that was kept, until only one is left (or it is long enough). Then the steps are walked
// backwards: the probability of each (sum over all that follows) and the single best way through are read off, and all is forgotten.

export interface Trellis {
  readonly from: number[];
  readonly to: number[];
  /** The history that the step made; -1: the call has no parent among those seen; -2: no call, a request ended. */
  readonly node: number[];
  readonly call: number[];
  /** How many requests that had waited longer were overtaken; -1: not a matter of turns. */
  readonly turn: number[];
  /** What part of the hypothesis it leads to came this way. */
  readonly weight: number[];
  /** By hypothesis: the step by which it is reached best. */
  readonly best: number[];
  hypotheses: number;
}

export const noTrellis = (): Trellis => ({ from: [], to: [], node: [], call: [], turn: [], weight: [], best: [], hypotheses: 0 });

/** Where the answers go. */
export interface Answers {
  /** By call: the history that the best way gives it, -1 for none, -2 for not asked. */
  readonly chosen: Int32Array;
  /** By call: how likely it has no parent. */
  readonly alone: Float64Array;
  /** By history. */
  readonly posterior: number[];
  /** By turn: how often it came to be. */
  readonly turns: Float64Array;
}

/** Walks back from the hypotheses that are alive (`alive`: number and probability of each, the best way's first) and begins anew. */
export function flush(trellis: Trellis, alive: readonly { readonly hypothesis: number; readonly probability: number }[], answers: Answers): void {
  const { from, to, node, call, weight, best } = trellis;
  const within = new Float64Array(trellis.hypotheses);
  for (const { hypothesis, probability } of alive) within[hypothesis] = probability;
  // The share of a hypothesis is divided among the steps into it, as much as each brought.
  for (let step = from.length - 1; step >= 0; step--) {
    const target = to[step] ?? 0;
    const part = (within[target] ?? 0) * (weight[step] ?? 0);
    const source = from[step] ?? 0;
    within[source] = (within[source] ?? 0) + part;
    const made = node[step] ?? -2;
    const turn = trellis.turn[step] ?? -1;
    if (turn >= 0) answers.turns[turn] = (answers.turns[turn] ?? 0) + part;
    if (made >= 0) answers.posterior[made] = (answers.posterior[made] ?? 0) + part;
    else if (made === -1) answers.alone[call[step] ?? 0] = (answers.alone[call[step] ?? 0] ?? 0) + part;
  }
  for (let at = alive[0]?.hypothesis ?? 0; ; ) {
    const step = best[at] ?? -1;
    if (step < 0) break;
    const made = node[step] ?? -2;
    if (made !== -2) answers.chosen[call[step] ?? 0] = made;
    at = from[step] ?? 0;
  }
  for (const list of [from, to, node, call, weight, best, trellis.turn]) list.length = 0;
  trellis.hypotheses = 0;
}
