// Logistic regression: weights with which sums of terms, as logits, say how often something is right.

export interface Sample {
  readonly terms: readonly number[];
  readonly right: boolean;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, one, at) => sum + one * (b[at] ?? 0), 0);

/** Logarithm of the probability of what was seen. */
const fit = (samples: readonly Sample[], weights: readonly number[]): number =>
  samples.reduce((sum, { terms, right }) => sum - Math.log1p(Math.exp((right ? -1 : 1) * dot(terms, weights))), 0);

/** Solves `matrix` · x = `side` by elimination with pivots. */
function solved(matrix: readonly (readonly number[])[], side: readonly number[]): readonly number[] {
  const rows = matrix.map((row, at) => [...row, side[at] ?? 0]);
  for (let at = 0; at < rows.length; at++) {
    const rest = rows.slice(at).sort((a, b) => Math.abs(b[at] ?? 0) - Math.abs(a[at] ?? 0));
    rows.splice(at, rest.length, ...rest);
    const pivot = rows[at] ?? [];
    for (const [other, row] of rows.entries()) {
      if (other === at) continue;
      const by = (row[at] ?? 0) / (pivot[at] ?? 1);
      for (let column = at; column < row.length; column++) row[column] = (row[column] ?? 0) - by * (pivot[column] ?? 0);
    }
  }
  return rows.map((row, at) => (row.at(-1) ?? 0) / (row[at] ?? 1));
}

/** One step of Newton's method: the way uphill. */
function uphill(samples: readonly Sample[], weights: readonly number[]): readonly number[] {
  const gradient = weights.map(() => 0);
  // a little on the diagonal: terms that are never there stay without weight
  const curve = weights.map((_, row) => weights.map((__, column): number => (row === column ? 1 : 0)));
  for (const { terms, right } of samples) {
    const chance = 1 / (1 + Math.exp(-dot(terms, weights)));
    for (const [row, one] of terms.entries()) {
      gradient[row] = (gradient[row] ?? 0) + ((right ? 1 : 0) - chance) * one;
      const line = curve[row] ?? [];
      for (const [column, two] of terms.entries()) line[column] = (line[column] ?? 0) + chance * (1 - chance) * one * two;
    }
  }
  return solved(curve, gradient);
}

/** The weights by which what was seen is likeliest (Newton's method; a step that leads downhill is halved). */
export function fitted(samples: readonly Sample[]): readonly number[] {
  let weights: readonly number[] = (samples[0]?.terms ?? []).map(() => 0);
  let best = fit(samples, weights);
  for (let round = 0; round < 30; round++) {
    const step = uphill(samples, weights);
    let by = 1;
    let next = weights.map((one, at) => one + by * (step[at] ?? 0));
    for (; fit(samples, next) < best && by > 1e-4; by /= 2) next = weights.map((one, at) => one + (by / 2) * (step[at] ?? 0));
    const reached = fit(samples, next);
    if (reached - best < 1e-3) return weights;
    weights = next;
    best = reached;
  }
  return weights;
}
