// Durations: Envoy refuses negative and overlong ones wherever they stand (DurationUtil), with a message that names no resource.
import type { DurationRules } from '#gen/validate/validate_pb.js';
import { all, type Check, must } from './violation.ts';

interface DurationLike {
  readonly seconds?: bigint | number | string;
  readonly nanos?: number;
}

/** google/protobuf/duration.proto: about 10,000 years. */
const MAX_SECONDS = 315_576_000_000;

const valid = must<DurationLike>('must be a positive duration with nanos from 0 to 999999999', ({ seconds = 0, nanos = 0 }) => {
  const whole = Number(seconds);
  return whole >= 0 && whole <= MAX_SECONDS && Number.isInteger(nanos) && nanos >= 0 && nanos <= 999_999_999;
});

function compare(a: DurationLike, b: DurationLike): number {
  return Number(a.seconds ?? 0) - Number(b.seconds ?? 0) || (a.nanos ?? 0) - (b.nanos ?? 0);
}

function words({ seconds = 0, nanos = 0 }: DurationLike): string {
  return `${Number(seconds) + nanos / 1e9}s`;
}

/** `required` is the field's matter; here a duration is there. */
export function durationRules(rules: DurationRules | undefined): Check {
  if (rules === undefined) return valid;
  const { const: exact, gt, gte, lt, lte } = rules;
  const checks = [
    valid,
    exact && must<DurationLike>(`must be ${words(exact)}`, (value) => compare(value, exact) === 0),
    gt && must<DurationLike>(`must be greater than ${words(gt)}`, (value) => compare(value, gt) > 0),
    gte && must<DurationLike>(`must be at least ${words(gte)}`, (value) => compare(value, gte) >= 0),
    lt && must<DurationLike>(`must be less than ${words(lt)}`, (value) => compare(value, lt) < 0),
    lte && must<DurationLike>(`must be at most ${words(lte)}`, (value) => compare(value, lte) <= 0),
  ];
  return all(checks) ?? valid;
}
