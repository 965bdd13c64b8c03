// Budgets of errors that go too fast, or are gone. A rate has to hold in a long window, so that it matters, and in a short one, so that it still does.
import type { ObjectiveView } from '../../api/index.ts';
import { formatDuration, roughDuration } from '../../model/index.ts';
import type { Check, Found } from './check.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Pace {
  readonly longMs: number;
  readonly shortMs: number;
  readonly rate: number;
  readonly severity: 'error' | 'warning';
}

/** Site Reliability Workbook, chapter 5, table 5-8; the fastest first. */
const PACES: readonly Pace[] = [
  { longMs: HOUR, shortMs: 5 * MINUTE, rate: 14.4, severity: 'error' },
  { longMs: 6 * HOUR, shortMs: 30 * MINUTE, rate: 6, severity: 'error' },
  { longMs: 72 * HOUR, shortMs: 6 * HOUR, rate: 1, severity: 'warning' },
];
/** Fewer requests in the long window say nothing. */
const LEAST_REQUESTS = 20;

const DAY = 24 * HOUR;

const wantedWords = ({ aim, percent, belowMs = 0 }: ObjectiveView): string =>
  aim === 'availability' ? `${percent} % are to succeed` : `${percent} % are to take less than ${formatDuration(belowMs)}`;

/** What is known of so short a time is nothing to go by. */
function paceOf({ burn, since }: ObjectiveView, now: number): (Pace & { readonly now: number }) | undefined {
  const keptMs = since === undefined ? Number.POSITIVE_INFINITY : now - Date.parse(since);
  const at = (overMs: number) => burn.find((each) => each.overMs === overMs);
  for (const pace of PACES) {
    const [long, short] = [at(pace.longMs), at(pace.shortMs)];
    if (long === undefined || short === undefined || long.requests < LEAST_REQUESTS || keptMs < pace.shortMs) continue;
    if (long.rate >= pace.rate && short.rate >= pace.rate) return { ...pace, now: long.rate };
  }
  return undefined;
}

/** How long what is left of the budget lasts at this pace. */
function restWords({ budgetLeft, lastsMs }: ObjectiveView): string {
  if (budgetLeft <= 0) return ' and is gone';
  return lastsMs === undefined ? '' : ` and lasts ${roughDuration(lastsMs)} more`;
}

function found(one: ObjectiveView, now: number): Found | undefined {
  const { service, namespace, aim, budgetLeft, reached, at, requests } = one;
  const about = { object: { kind: at.kind, namespace: at.namespace, name: at.name }, at, which: `${service} ${aim}` };
  const pace = paceOf(one, now);
  if (pace !== undefined) {
    const words = `${service}: its budget goes ${pace.now} times as fast as it may (${formatDuration(pace.longMs)})${restWords(one)}; ${wantedWords(one)}`;
    const next =
      aim === 'availability' ? `weft requests -n ${namespace} --service ${service} --status 5xx` : `weft traces -n ${namespace} --service ${service}`;
    const hint = aim === 'availability' ? {} : { hint: 'look at where the time goes: weft traces' };
    return { ...about, ...hint, code: 'WEFT2387', severity: pace.severity, words, next };
  }
  if (budgetLeft >= 0 || requests < LEAST_REQUESTS) return undefined;
  const words = `${service}: ${String(reached)} % in ${one.windowMs / DAY} days; ${wantedWords(one)}`;
  return { ...about, code: 'WEFT2388', words, next: `weft slo ${service}` };
}

export const objectivesHeld: Check = {
  id: 'objectives-held',
  section: 'traffic',
  words: 'services do as ObjectivePolicies want',
  look: ({ objectives, now }) => (objectives === undefined ? 'no metrics are kept here' : objectives.flatMap((one) => found(one, now) ?? [])),
};
