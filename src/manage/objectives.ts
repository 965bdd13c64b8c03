// What is wanted of services, beside what they did: budgets and how fast they go. ("Alerting on SLOs", Site Reliability Workbook, chapter 5.)
import type { BurnView, ObjectivesView, ObjectiveView, SpentView } from '../api/index.ts';
import type { Mesh } from '../model/index.ts';
import { type Objective, objectiveOf } from '../policy/index.ts';
import type { ManagePorts, MetricsPort } from './ports.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** From short to long. */
export const BURN_WINDOWS_MS = [5 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, 72 * HOUR] as const;
/** Which of them says how long the budget lasts. */
const AHEAD = 2;
/** Each costs a few questions to the store. */
const MOST = 200;

/** One thing that is wanted. */
export interface Aim {
  readonly aim: ObjectiveView['aim'];
  readonly percent: number;
  readonly belowMs?: number;
}

function aimsOf({ availability, latency }: Objective): readonly (Aim & Pick<ObjectiveView, 'at'>)[] {
  return [
    ...(availability === undefined ? [] : [{ aim: 'availability', percent: availability.percent, at: availability.from.origin } as const]),
    ...(latency === undefined ? [] : [{ aim: 'latency', percent: latency.percent, belowMs: latency.belowMs, at: latency.from.origin } as const]),
  ];
}

interface Counted {
  readonly all: number;
  readonly bad: number;
}

function countedOf({ aim }: Aim, { requests, failures, measured, slow }: SpentView): Counted {
  return aim === 'availability' ? { all: requests, bad: failures } : { all: measured, bad: slow };
}

const badShare = ({ all, bad }: Counted): number => (all === 0 ? 0 : bad / all);
const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** What is left of a budget, and how fast it goes. `recent`: one for each of BURN_WINDOWS_MS. Pure. */
export function budgetOf(
  aim: Aim,
  { whole, recent, windowMs }: { readonly whole: SpentView; readonly recent: readonly SpentView[]; readonly windowMs: number },
): Pick<ObjectiveView, 'requests' | 'bad' | 'reached' | 'budgetLeft' | 'burn' | 'lastsMs'> {
  const allowed = 1 - aim.percent / 100;
  const counted = countedOf(aim, whole);
  const left = 1 - badShare(counted) / allowed;
  const burn = BURN_WINDOWS_MS.map((overMs, at): BurnView => {
    const own = recent[at];
    const seen = own === undefined ? { all: 0, bad: 0 } : countedOf(aim, own);
    return { overMs, requests: seen.all, rate: round(badShare(seen) / allowed, 2) };
  });
  const rate = burn[AHEAD]?.rate ?? 0;
  return {
    requests: counted.all,
    bad: counted.bad,
    reached: counted.all === 0 ? null : round(100 * (1 - badShare(counted)), 4),
    budgetLeft: round(left, 4),
    burn,
    ...(rate > 1 && left > 0 ? { lastsMs: Math.round((left * windowMs) / rate) } : {}),
  };
}

interface Wanted {
  readonly service: string;
  readonly namespace: string;
  readonly objective: Objective;
}

function wantedIn(mesh: Mesh, asked: { readonly namespace: string; readonly service: string }): readonly Wanted[] {
  return [...mesh.services.values()].flatMap((service) => {
    if (asked.namespace !== '' && service.namespace !== asked.namespace) return [];
    if (asked.service !== '' && service.key !== asked.service) return [];
    const objective = objectiveOf(mesh, service);
    return objective === undefined ? [] : [{ service: service.key, namespace: service.namespace, objective }];
  });
}

async function viewsOf(metrics: MetricsPort, { service, namespace, objective }: Wanted, now: number, oldest: number): Promise<readonly ObjectiveView[]> {
  const { windowMs, latency } = objective;
  const slow = latency === undefined ? {} : { slowMs: latency.belowMs };
  const spent = (overMs: number): Promise<SpentView> => metrics.spent({ since: now - overMs, until: now, service, ...slow });
  const [whole, ...recent] = await Promise.all([spent(windowMs), ...BURN_WINDOWS_MS.map((overMs) => spent(Math.min(overMs, windowMs)))]);
  const since = oldest > now - windowMs ? { since: new Date(oldest).toISOString() } : {};
  return aimsOf(objective).map((aim) => ({ service, namespace, ...aim, windowMs, ...since, ...budgetOf(aim, { whole, recent, windowMs }) }));
}

/** Those with least left first; undefined where no metrics are kept. Rejects when the numbers cannot be had. */
export async function objectivesOf(
  { metrics, mesh, clock }: Pick<ManagePorts, 'metrics' | 'mesh' | 'clock'>,
  asked: { readonly namespace: string; readonly service: string },
): Promise<ObjectivesView | undefined> {
  if (metrics === undefined || mesh === undefined) return undefined;
  const wanted = wantedIn(mesh(), asked).slice(0, MOST);
  if (wanted.length === 0) return { items: [] };
  const now = clock.now();
  const { source, levels } = await metrics.kept();
  // A Prometheus server keeps as long as it likes.
  const oldest = source === 'prometheus' ? 0 : Math.min(now, ...levels.map(({ oldest: each }) => Date.parse(each)).filter(Number.isFinite));
  const items = (await Promise.all(wanted.map((one) => viewsOf(metrics, one, now, oldest)))).flat();
  return { items: items.toSorted((a, b) => a.budgetLeft - b.budgetLeft || (a.service < b.service ? -1 : 1)) };
}
