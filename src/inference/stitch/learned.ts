// What is carried from one window of a workload to its next: counts, never spans. Bounded: old counts fade, and the faint are forgotten.
import { type AsideCounts, learnHints, noAsideCounts, outlives } from './aside.ts';
import type { Pass } from './beam.ts';
import { type Histories, look, noStanding } from './histories.ts';
import { type Counts, END, learn, NO_ORIGIN, noCounts, type Ways } from './ways.ts';
import type { Names, Numbers } from './window.ts';

/** Opaque. */
export interface Learned {
  readonly names: Names;
  readonly counts: Counts;
  readonly aside: AsideCounts;
  /** Made of the counts; a little behind `recent`, which is what was counted since. */
  readonly ways: Ways | undefined;
  readonly recent: { readonly counts: Counts; readonly aside: AsideCounts };
  /** Everything that ended until then has taught. */
  readonly untilUs: number;
  /** The clock's unit that gaps were counted in. */
  readonly resolutionUs: number;
}

/** Where every workload begins. */
export const NOTHING_LEARNED: Learned = {
  names: { operations: new Map(), calls: new Map() },
  counts: noCounts(),
  aside: noAsideCounts(),
  ways: undefined,
  recent: { counts: noCounts(), aside: noAsideCounts() },
  untilUs: Number.NEGATIVE_INFINITY,
  resolutionUs: 0,
};

/** Histories less likely than this teach nothing. */
const FAINT = 0.002;

/** How many calls something was learned from. */
export function experience({ origin }: Counts): number {
  let sum = 0;
  for (const { calls } of origin.values()) sum += calls;
  return sum;
}

interface Lesson {
  /** Whether what was learned of before is not to be learned of again. */
  readonly once: boolean;
  readonly numbers: Numbers;
  readonly ways: Ways;
  readonly common: Map<string, number>;
  readonly counts: Counts;
  readonly aside: AsideCounts;
  readonly turnsBefore: Float64Array;
  /** Above 1: what is doubtful counts for little. */
  readonly doubt: number;
}

function learnCall({ numbers, ways, common, counts, aside }: Lesson, histories: Histories, { node, weight }: { node: number; weight: number }): void {
  const standing = noStanding();
  const before = histories.parent[node] ?? -1;
  const call = histories.call[node] ?? -1;
  const inbound = histories.inbound[node] ?? -1;
  const kind = numbers.calls[call] ?? 0;
  look(histories, numbers, { node: before, at: numbers.callStarts[call] ?? 0 }, standing);
  const step = { request: numbers.operations[inbound] ?? 0, signature: histories.signature[before] ?? 0, call: kind };
  learn(counts, ways, { step, standing, weight });
  const late = aside.outlive.get(kind) ?? { late: 0, of: 0 };
  late.of += weight;
  if (outlives(numbers, inbound, call)) late.late += weight;
  aside.outlive.set(kind, late);
  if (numbers.hinted) learnHints(counts, common, { request: numbers.hints[inbound], call: numbers.callHints[call], weight });
}

function learnEnd({ numbers, ways, counts, aside }: Lesson, histories: Histories, { node, weight }: { node: number; weight: number }): void {
  const standing = noStanding();
  const inbound = histories.inbound[node] ?? -1;
  const request = numbers.operations[inbound] ?? 0;
  look(histories, numbers, { node, at: numbers.ends[inbound] ?? 0 }, standing);
  learn(counts, ways, { step: { request, signature: histories.signature[node] ?? 0, call: END }, standing, weight });
  const at = request * 2 + (histories.failed[node] ?? 0);
  const failures = aside.failures.get(at) ?? { failed: 0, of: 0 };
  failures.of += weight;
  if (numbers.failed[inbound] === 1) failures.failed += weight;
  aside.failures.set(at, failures);
}

const teaches = ({ numbers, once }: Lesson, endUs: number): boolean => endUs <= numbers.untilUs && !(once && endUs <= numbers.sinceUs);

/** Counts everything that a pass found, as likely as it found it. */
export function study({ histories, alone, turns }: Pass, lesson: Lesson): void {
  const often = (turn: number): number => ((turns.seen[turn] ?? 0) + 5) / ((turns.expected[turn] ?? 0) + 5);
  lesson.aside.turns[1] = Math.max(0.25, Math.min(1, Math.sqrt(((lesson.turnsBefore[1] ?? 1) * often(1)) / often(0))));
  const { counts, doubt } = lesson;
  const ended = Float64Array.from(histories.call, (call, node) => (call < 0 ? 1 : (histories.posterior[node] ?? 0)));
  for (const [node, call] of histories.call.entries()) {
    const probability = histories.posterior[node] ?? 0;
    if (call < 0 || probability < FAINT) continue;
    const before = histories.parent[node] ?? 0;
    ended[before] = (ended[before] ?? 0) - probability;
    if (teaches(lesson, lesson.numbers.callEnds[call] ?? 0)) learnCall(lesson, histories, { node, weight: probability ** doubt });
  }
  for (const [node, probability] of ended.entries()) {
    const end = lesson.numbers.ends[histories.inbound[node] ?? -1] ?? 0;
    if (probability > FAINT && teaches(lesson, end)) learnEnd(lesson, histories, { node, weight: probability ** doubt });
  }
  for (const [call, probability] of alone.entries()) {
    if (lesson.numbers.known[call] === -2 || !teaches(lesson, lesson.numbers.callEnds[call] ?? 0)) continue;
    const kind = lesson.numbers.calls[call] ?? 0;
    const origin = counts.origin.get(kind) ?? { ...NO_ORIGIN };
    origin.calls++;
    origin.alone += probability ** doubt;
    origin.idle += lesson.numbers.idle[call] ?? 0;
    origin.byChance += lesson.numbers.idleShare;
    counts.origin.set(kind, origin);
  }
}
