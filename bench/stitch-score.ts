// How good a rule is: traces wholly right, calls right, what it said of itself, and what it cost.
import type { Observed } from '../test/kit/trace-simulator.ts';
import type { Rule } from './stitch-rules.ts';

/** Of the edges of one tenth of confidence: how many, the sum of what was said, how many right. */
export interface Tenth {
  count: number;
  said: number;
  right: number;
}

export interface Score {
  traces: number;
  tracesRight: number;
  calls: number;
  callsRight: number;
  micros: number;
  readonly tenths: readonly Tenth[];
  /** Around 90 %: from 85 to 95. */
  readonly near: Tenth;
}

export const noScore = (): Score => ({
  ...{ traces: 0, tracesRight: 0, calls: 0, callsRight: 0, micros: 0 },
  tenths: Array.from({ length: 10 }, () => ({ count: 0, said: 0, right: 0 })),
  near: { count: 0, said: 0, right: 0 },
});

/** Adds what `rule` makes of the workloads of one run to the score. A trace is right if every call in it has the right parent, in every workload. */
export function score(into: Score, workloads: readonly Observed[], ruleOf: (service: string) => Rule): void {
  const all = new Set<number>();
  const wrong = new Set<number>();
  for (const { service, inbound, outbound, truth, trace } of workloads) {
    const rule = ruleOf(service);
    const before = process.cpuUsage();
    const edges = rule({ inbound, outbound });
    const { user, system } = process.cpuUsage(before);
    into.micros += user + system;
    into.calls += outbound.length;
    for (const { child, parent, confidence } of edges) {
      const of = trace.get(child) ?? -1;
      const right = truth.get(child) === parent;
      if (right) into.callsRight++;
      if (of >= 0) (right ? all : wrong).add(of);
      add(into.tenths[Math.min(9, Math.floor(confidence * 10))], confidence, right);
      if (confidence >= 0.85 && confidence < 0.95) add(into.near, confidence, right);
    }
  }
  const traces = new Set([...all, ...wrong]).size;
  into.traces += traces;
  into.tracesRight += traces - wrong.size;
}

function add(to: Tenth | undefined, confidence: number, right: boolean): void {
  if (to === undefined) return;
  to.count++;
  to.said += confidence;
  if (right) to.right++;
}

/**
 * How far the share that is right may be from the true one, at 95 %: Wilson's interval (1927). Errors come in pairs (who is given another's call has lost
 * its own), so half of the edges count.
 */
export function uncertainty({ count, right }: Tenth): number {
  const [n, share, z] = [Math.max(1, count / 2), right / Math.max(1, count), 1.96];
  return (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
}

/** What was said of edges and what was right, of worlds together, and how far apart chance may have them (95 %): a world is as far off as it is, so worlds are what counts. */
export interface Judged {
  readonly count: number;
  readonly said: number;
  readonly right: number;
  readonly give: number;
}

export function judged(worlds: readonly Tenth[]): Judged {
  const sum = (of: (one: Tenth) => number): number => worlds.reduce((all, one) => all + of(one), 0);
  const count = Math.max(
    1,
    sum((one) => one.count),
  );
  const [said, right] = [sum((one) => one.said) / count, sum((one) => one.right) / count];
  const scatter = sum((one) => (one.right - one.said - (right - said) * one.count) ** 2);
  return { count: sum((one) => one.count), said, right, give: (1.96 * Math.sqrt(scatter)) / count };
}

/** The largest distance between what was said and what was right, of tenths with a hundred edges or more. */
export const calibrationError = (tenths: readonly Tenth[]): number =>
  Math.max(0, ...tenths.filter(({ count }) => count >= 100).map(({ count, said, right }) => Math.abs(said - right) / count));

/** Between how many requests in flight a call had to be decided, on the average. */
export function candidates(workloads: readonly Observed[]): number {
  let sum = 0;
  let calls = 0;
  for (const { inbound, outbound } of workloads) {
    for (const call of outbound) sum += inbound.filter(({ startUs, endUs }) => startUs <= call.startUs && call.endUs <= endUs).length;
    calls += outbound.length;
  }
  return sum / calls;
}
