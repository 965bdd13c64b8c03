// Calls that take much longer than they used to. What is usual is the median of the hours before, so a service that was always slow is not found, and
// neither is one that nobody called before.
import type { SeriesView } from '../../api/index.ts';
import { type Call, callId } from './calls.ts';

/** Fewer requests say nothing about a median. */
const LEAST_REQUESTS = 50;
const TIMES = 2;
/** Who notices less? */
const LEAST_MORE_MS = 25;

export interface Slow {
  readonly call: Call;
  /** Medians: of the last minutes, and of the hours before them. */
  readonly nowMs: number;
  readonly usualMs: number;
}

/** By how much. */
export const moreMs = ({ nowMs, usualMs }: Slow): number => nowMs - usualMs;

/** Calls that have become slow, worst first; `before` are those of the hours before. */
export function slowed(now: readonly Call[], before: readonly Call[]): readonly Slow[] {
  const usual = new Map(before.map((call) => [callId(call), call]));
  return now
    .flatMap((call): readonly Slow[] => {
      const known = usual.get(callId(call));
      if (known === undefined || call.protocol === 'tcp' || Math.min(call.requests, known.requests) < LEAST_REQUESTS) return [];
      const { p50Ms: nowMs } = call;
      const { p50Ms: usualMs } = known;
      if (nowMs === null || usualMs === null) return [];
      return nowMs >= TIMES * usualMs && nowMs >= usualMs + LEAST_MORE_MS ? [{ call, nowMs, usualMs }] : [];
    })
    .toSorted((a, b) => moreMs(b) - moreMs(a));
}

/** Whether a step was slow: its median is nearer to that of now than to what is usual. Undefined without requests. */
export function slowStep({ lines }: Pick<SeriesView, 'lines'>, { call, nowMs, usualMs }: Slow): (at: number) => boolean | undefined {
  const total = (name: string): number => (lines.find((line) => line.name === name)?.requests ?? []).reduce((all, count) => all + count, 0);
  const [busiest] = call.callers.toSorted((a, b) => total(b) - total(a));
  const line = lines.find(({ name }) => name === busiest) ?? lines[0];
  return (at) => {
    const ms = line?.p50Ms[at] ?? null;
    return ms === null ? undefined : ms > (nowMs + usualMs) / 2;
  };
}
