// Traces put together without headers. A workload's proxy sees requests come in and calls go out, by one clock. Each kind of request has its ways: what
// it calls next, and how long after what. They are learned from the spans themselves (expectation and maximisation): a pass over all events
// in order of time keeps the likely hypotheses of who made which call, sums over them say how likely each is, and the next round learns from that.
import { asideOf, asideTogether, noAsideCounts } from './aside.ts';
import { type Effort, type Pass, pass } from './beam.ts';
import { calibrated } from './calibration.ts';
import { type Circumstances, circumstances } from './circumstances.ts';
import { experience, type Learned, NOTHING_LEARNED, study } from './learned.ts';
import { seeds, unlike } from './seeds.ts';
import type { InferredEdge, SpanWindow, Stitching } from './spans.ts';
import { noCounts, together, type Ways, waysOf } from './ways.ts';
import { asNumbers, type Numbers } from './window.ts';

interface Round {
  /** Above 1: what is doubtful counts for little. */
  readonly doubt: number;
  readonly effort: Effort;
}

/** Rounds of learning when nothing is known yet; the first beliefs are vague. */
const ROUNDS: readonly Round[] = [1.5, 1, 1, 1, 1].map((doubt) => ({ doubt, effort: { hypotheses: 16, trust: 1 } }));
/** Learning is done when a round changes no more than this share of the parents. */
const SETTLED = 0.005;

/** How far likelihoods are trusted in the answer: steps are not as independent as they are taken to be, and ways learned from one window alone are not
 * as sure as they look. Set on simulated worlds about such that what is called sure is right; what they are worth in the end calibration.ts says. */
const TRUST = { first: 0.65, later: 0.8 };
const HYPOTHESES = 64;
/** So many calls make a beginner no more. */
const BEGINNER = 300;
/** How many calls of the past count, about; and how many more of them make it worth while to think again. */
const MEMORY = { calls: 20_000, share: 0.1, least: 50 };

type Lessons = Pick<Learned, 'counts' | 'aside'>;

const blank = (): Lessons => ({ counts: noCounts(), aside: noAsideCounts() });

const waysOfAll = ({ counts, names, ways }: Learned): Ways => ways ?? waysOf(counts, names.calls.size + 1);

/** One pass, and what is to be learned of it. */
function round(numbers: Numbers, before: Learned, { doubt, effort, once }: Round & { readonly once: boolean }): { found: Pass; lessons: Lessons } {
  const ways = waysOfAll(before);
  const aside = asideOf(numbers, before.counts, before.aside);
  const found = pass(numbers, ways, { aside, effort });
  const lessons = blank();
  study(found, { numbers, ways, common: aside.common, ...lessons, turnsBefore: before.aside.turns, doubt, once });
  return { found, lessons };
}

/** What can be learned of the requests about which there is no doubt. Twice: what sets off what is clearer the second time. */
function sown(numbers: Numbers, before: Learned): Learned {
  const certain = seeds(numbers);
  let learned = before;
  for (let times = 0; times < 2; times++) {
    const ways = waysOfAll(learned);
    learned = { ...before, ...blank(), ways: undefined };
    study(certain, { numbers, ways, common: new Map(), counts: learned.counts, aside: learned.aside, turnsBefore: before.aside.turns, doubt: 1, once: false });
  }
  // They are those whose calls end in time, so of others nothing is known; and they may be those that do not make certain calls.
  const counts = unlike(numbers, certain) ? { ...learned.counts, next: new Map() } : learned.counts;
  return { ...learned, counts, aside: { ...learned.aside, outlive: new Map() } };
}

const parentsOf = ({ histories, chosen }: Pass): Int32Array => chosen.map((node) => (node < 0 ? -1 : (histories.inbound[node] ?? -1)));

/** Learns the ways of a workload of which nothing is known. */
function taught(numbers: Numbers, before: Learned): Learned {
  let learned = sown(numbers, before);
  let parents: Int32Array = new Int32Array(0);
  for (const one of ROUNDS) {
    const next = round(numbers, learned, { ...one, once: false });
    learned = { ...learned, ...next.lessons };
    const now = parentsOf(next.found);
    const changed = now.reduce((count, parent, call) => count + (parent === parents[call] ? 0 : 1), 0);
    parents = now;
    if (changed <= SETTLED * now.length) break;
  }
  return learned;
}

/** How likely it is that a call was made by the request that the best way gives it. */
function confidenceOf(parents: Int32Array, { histories, alone }: Pass): Float64Array {
  const confidence = new Float64Array(parents.length);
  for (const [node, call] of histories.call.entries()) {
    if (call >= 0 && histories.inbound[node] === parents[call]) confidence[call] = (confidence[call] ?? 0) + (histories.posterior[node] ?? 0);
  }
  for (const [call, parent] of parents.entries()) if (parent < 0) confidence[call] = alone[call] ?? 0;
  return confidence;
}

/** Whose a call is, and how likely that looks. */
export interface Finding {
  readonly child: string;
  readonly parent: string | undefined;
  readonly likely: number;
  /** Of parents that were found here: what tells how far that can be believed. */
  readonly around?: Circumstances;
}

function findingsOf(
  { inbound, outbound }: SpanWindow,
  numbers: Numbers,
  { found, around }: { found: Pass; around: (call: number) => Circumstances },
): Finding[] {
  const parents = parentsOf(found);
  const confidence = confidenceOf(parents, found);
  const findings: Finding[] = outbound.map(({ id, parent }) => ({ child: id, parent, likely: parent === undefined ? 0 : 1 }));
  for (const [call, at] of numbers.outboundAt.entries()) {
    const span = outbound[at];
    if (span === undefined || span.parent !== undefined) continue;
    const parent = inbound[numbers.inboundAt[parents[call] ?? -1] ?? -1]?.id;
    const likely = Math.max(0, Math.min(1, confidence[call] ?? 0));
    findings[at] = { child: span.id, parent, likely, ...(parent === undefined ? {} : { around: around(call) }) };
  }
  return findings;
}

/** What was learned before and now; thought through again when enough has come together. */
function remembered(before: Learned, lessons: Lessons): Learned {
  const recent = { counts: together(before.recent.counts, lessons.counts, 1), aside: asideTogether(before.recent.aside, lessons.aside, 1) };
  const fresh = experience(recent.counts);
  if (fresh < Math.max(MEMORY.least, MEMORY.share * experience(before.counts))) return { ...before, recent };
  const fading = Math.max(0.5, 1 - fresh / MEMORY.calls);
  const counts = together(before.counts, recent.counts, fading);
  const aside = asideTogether(before.aside, recent.aside, fading);
  return { ...before, counts, aside, ways: waysOf(counts, before.names.calls.size + 1), recent: blank() };
}

/** Whether it is better to learn all from this window than to go on from what is known: of less, or by another clock. */
function isBeginner(numbers: Numbers, before: Learned): boolean {
  const known = experience(before.counts);
  return before.resolutionUs !== numbers.resolutionUs || (known < BEGINNER && numbers.calls.length >= 1.5 * known);
}

const taughtUntil = ({ ends, untilUs }: Numbers, before: Learned): number =>
  Math.max(
    before.untilUs,
    Math.min(
      untilUs,
      ends.reduce((a, b) => Math.max(a, b), before.untilUs),
    ),
  );

/** What `stitch` says, before it is said how sure it is. */
export function found(window: SpanWindow, before: Learned): { readonly findings: readonly Finding[]; readonly learned: Learned } {
  const names = { operations: new Map(before.names.operations), calls: new Map(before.names.calls) };
  const numbers = asNumbers(window, names, before);
  const beginner = isBeginner(numbers, before);
  const learned = beginner ? taught(numbers, { ...NOTHING_LEARNED, names, resolutionUs: numbers.resolutionUs }) : { ...before, names };
  const effort = { hypotheses: HYPOTHESES, trust: beginner ? TRUST.first : TRUST.later };
  const last = round(numbers, learned, { doubt: 1, effort, once: !beginner });
  const after = beginner ? { ...learned, ...last.lessons, ways: waysOf(last.lessons.counts, names.calls.size + 1) } : remembered(learned, last.lessons);
  const findings = findingsOf(window, numbers, { found: last.found, around: circumstances(numbers, learned.counts, last.found) });
  return { findings, learned: { ...after, untilUs: taughtUntil(numbers, before) } };
}

const said = ({ child, parent, likely, around }: Finding): InferredEdge => ({
  child,
  parent,
  confidence: around === undefined ? likely : calibrated(likely, around),
});

/**
 * Finds the parents of a window's outbound spans. `before` is what the workload's last window gave: without it everything is learned from this window alone,
 * which costs more and knows less. Time and memory grow with the number of spans; with how many are in flight at once only up to a bound. Never throws.
 */
export function stitch(window: SpanWindow, before: Learned = NOTHING_LEARNED): Stitching {
  const { findings, learned } = found(window, before);
  return { edges: findings.map(said), learned };
}
