// What a request may have done so far: a tree of histories for each inbound span. A node is a history; its parent is the history without the last call.
// Every hypothesis that gives a request the same calls shares the node, so what a call adds to it is judged once.
import type { Numbers } from './window.ts';

export interface Histories {
  readonly inbound: number[];
  readonly parent: number[];
  /** The last call of the history, -1 in a root. */
  readonly call: number[];
  /** Which calls, however ordered, none counted more than three times. */
  readonly signature: number[];
  readonly failed: number[];
  /** Since when, as far as calls go, the request waits for nothing but its workload. */
  readonly ready: number[];
  /** How likely the last call is, seen from the history before. */
  readonly weight: number[];
  /** How likely the request ends after this history; below 0: not asked yet. */
  readonly ending: number[];
  /** In the end: the probability that this history was part of what happened. */
  readonly posterior: number[];
}

export const noHistories = (): Histories => ({
  inbound: [],
  parent: [],
  call: [],
  signature: [],
  failed: [],
  ready: [],
  weight: [],
  ending: [],
  posterior: [],
});

/** Mixed so that sums of few of them are distinct. */
export function mix(value: number): number {
  let mixed = Math.imul(value + 0x9e3779b9, 0x85ebca6b);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 13);
}

export function begin(histories: Histories, numbers: Numbers, inbound: number): number {
  histories.ready.push(numbers.starts[inbound] ?? 0);
  histories.parent.push(-1);
  histories.inbound.push(inbound);
  histories.call.push(-1);
  histories.signature.push(0);
  histories.failed.push(0);
  histories.weight.push(1);
  histories.ending.push(-1);
  return histories.posterior.push(0) - 1;
}

/** The history `node` with `call` after it. */
export function extend(histories: Histories, numbers: Numbers, { node, call, weight }: { node: number; call: number; weight: number }): number {
  const kind = numbers.calls[call] ?? 0;
  const failed = numbers.callFailed[call] ?? 0;
  const before = histories.signature[node] ?? 0;
  const often = timesCalled(histories, numbers, { node, kind });
  histories.parent.push(node);
  histories.inbound.push(histories.inbound[node] ?? -1);
  histories.call.push(call);
  histories.signature.push(often < 3 ? (before + mix(kind * 2 + failed)) | 0 : before);
  histories.failed.push((histories.failed[node] ?? 0) | failed);
  histories.ready.push(Math.max(histories.ready[node] ?? 0, numbers.callEnds[call] ?? 0));
  histories.weight.push(weight);
  histories.ending.push(-1);
  return histories.posterior.push(0) - 1;
}

/** How far back one looks: a request with hundreds of calls must not cost their square. */
export const LOOK_BACK = 24;

function timesCalled(histories: Histories, numbers: Numbers, { node, kind }: { node: number; kind: number }): number {
  let times = 0;
  let at = node;
  for (let steps = 0; steps < LOOK_BACK; steps++) {
    const call = histories.call[at] ?? -1;
    if (call < 0) return times;
    if (numbers.calls[call] === kind) times++;
    at = histories.parent[at] ?? -1;
  }
  return times;
}

/** How things stand with a request at an instant: what may have set off what comes next. */
export interface Standing {
  /** 0: no calls yet; 1: none of them answered; 2: some; 3: all. */
  situation: number;
  /** Since the request began, since its last call began, since the last answer came; and the kinds of those two calls. */
  sinceBegin: number;
  sinceCall: number;
  lastCall: number;
  sinceAnswer: number;
  lastAnswer: number;
}

export const noStanding = (): Standing => ({ situation: 0, sinceBegin: 0, sinceCall: 0, lastCall: 0, sinceAnswer: 0, lastAnswer: 0 });

/** Fills `standing` (one object for all: this is asked for every history and call). */
export function look(histories: Histories, numbers: Numbers, { node, at }: { node: number; at: number }, standing: Standing): void {
  const unit = numbers.resolutionUs;
  let calls = 0;
  let answered = 0;
  let lastEnd = Number.NEGATIVE_INFINITY;
  standing.sinceBegin = (at - (numbers.starts[histories.inbound[node] ?? -1] ?? at)) / unit;
  standing.lastCall = 0;
  standing.lastAnswer = 0;
  for (let from = node; calls < LOOK_BACK; from = histories.parent[from] ?? -1) {
    const call = histories.call[from] ?? -1;
    if (call < 0) break;
    const end = numbers.callEnds[call] ?? at;
    if (calls++ === 0) {
      standing.lastCall = numbers.calls[call] ?? 0;
      standing.sinceCall = (at - (numbers.callStarts[call] ?? at)) / unit;
    }
    if (end > at) continue;
    answered++;
    if (end <= lastEnd) continue;
    lastEnd = end;
    standing.lastAnswer = numbers.calls[call] ?? 0;
  }
  standing.sinceAnswer = (at - lastEnd) / unit;
  standing.situation = calls === 0 ? 0 : answered === 0 ? 1 : answered < calls ? 2 : 3;
}
