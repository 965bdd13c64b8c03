// Which calls fail or have become slow, asked of the metrics; since when, of their series; after what, of the changes.
import type { ChangeView, EdgeView, SeriesView } from '../../api/index.ts';
import { makeDocumentKey, type ServiceKey } from '../../model/index.ts';
import { changesOf } from '../changes.ts';
import type { ManagePorts, MetricsPort } from '../ports.ts';
import { type Call, callId, callsOf } from './calls.ts';
import { type Refusal, refusalsIn } from './refusals.ts';
import { moreMs, slowed, slowStep } from './slow.ts';
import { TRAFFIC_WINDOW_MS } from './traffic.ts';
import { badStep, behind, blamed, failing, firstOf, isBad, leadsTo, runOf, shareFrom, shareOf, sourcesOf, type Trouble } from './trouble.ts';

const BACK_MS = 3 * 3_600_000;
const STEP_MS = 60_000;
/** The finest that is kept, for as long as it is looked back. */
const FINE_MS = 10_000;
/** A median of five minutes tells what began one minute ago too late. */
const SLOW_WINDOW_MS = 120_000;
/** So much of what goes wrong must go wrong further on, too, to be put down to it. */
const PART = 0.3;
/** Each costs a question for its series. */
const MOST = 10;
const MOST_CHANGES = 500;

type Asked = Pick<ManagePorts, 'store' | 'mesh' | 'metrics' | 'records'>;

/** Whether what was changed leads to the service, as the document is now, or was when it went. */
function leads({ store, mesh }: Asked, service: string): (change: ChangeView) => boolean {
  return ({ what, revision }) => {
    const document = store.changeAt(revision)?.document ?? store.get(makeDocumentKey(what.group, what.kind, what.namespace, what.name));
    return document !== undefined && leadsTo(document, service as ServiceKey, mesh?.());
  };
}

interface Onset {
  /** Epoch ms: of the first bad step. */
  readonly since: number;
  readonly stepMs: number;
}

type Judge = (series: SeriesView) => (at: number) => boolean | undefined;

/** The minute in which it began, and in it the ten seconds: who changed something after those has not done it. */
async function began(metrics: MetricsPort, { destination }: Call, { now, judge }: { readonly now: number; readonly judge: Judge }): Promise<Onset | undefined> {
  const asked = { service: destination.called, namespace: '', by: 'source' } as const;
  const coarse = await metrics.series({ ...asked, since: now - BACK_MS, until: now, stepMs: STEP_MS });
  const minute = runOf(coarse.times, judge(coarse));
  if (minute === undefined) return undefined;
  const fine = await metrics.series({ ...asked, since: minute, until: Math.min(now, minute + STEP_MS - 1), stepMs: FINE_MS });
  const since = firstOf(fine.times, judge(fine));
  return since === undefined ? { since: minute, stepMs: coarse.stepMs } : { since, stepMs: fine.stepMs };
}

/** What failed since then, of 1: an outage of the last minute is none of five. */
async function shareSince(
  metrics: MetricsPort,
  { destination, callers }: Call,
  { since, now }: { readonly since: number; readonly now: number },
): Promise<number> {
  const series = await metrics.series({ service: destination.called, namespace: '', by: 'source', since, until: now, stepMs: FINE_MS });
  const later = shareFrom(series, callers, since + FINE_MS);
  return later > 0 ? later : shareFrom(series, callers, since);
}

const changesSince = ({ store }: Asked, now: number): readonly ChangeView[] =>
  changesOf(store, { since: now - BACK_MS, until: now, namespace: undefined, limit: MOST_CHANGES, wanted: () => true }).items;

/** What policies refused of late, since when in this hour, and after which change. Undefined where nothing is kept. */
export async function refusalsOf(ports: Asked, now: number): Promise<readonly Refusal[] | undefined> {
  const { records } = ports;
  if (records === undefined) return undefined;
  const found = refusalsIn(await records.uses(now - TRAFFIC_WINDOW_MS)).slice(0, MOST);
  if (found.length === 0) return [];
  const changes = changesSince(ports, now);
  return found.map((refusal) => {
    const after = blamed(changes, { since: refusal.since, stepMs: FINE_MS, leads: leads(ports, refusal.service) });
    return after === undefined ? refusal : { ...refusal, after };
  });
}

interface Traffic {
  readonly ports: Asked;
  readonly metrics: MetricsPort;
  readonly now: number;
  readonly changes: readonly ChangeView[];
}

/** The change that it is put down to: of what goes wrong further on, which is the nearer cause; else of the service itself, where that says something. */
function causeOf(
  { ports, changes }: Traffic,
  { call, onset, calls, wrong }: { readonly call: Call; readonly onset: Onset; readonly calls: readonly Call[]; readonly wrong: (each: Call) => boolean },
) {
  const blame = (...services: readonly string[]): ChangeView | undefined => {
    const leading = services.map((each) => leads(ports, each));
    return blamed(changes, { ...onset, leads: (change) => leading.some((each) => each(change)) });
  };
  const further = behind(call, calls, wrong);
  const from = sourcesOf(call, calls, wrong);
  const deeper = blame(...further);
  if (deeper !== undefined) return { behind: from, after: deeper };
  const own = blame(call.destination.called);
  // an instance that comes or goes does not make others fail
  if (own !== undefined && (further.length === 0 || own.what.kind !== 'Workload')) return { behind: [], after: own };
  return { behind: from };
}

async function failingOf(traffic: Traffic, edges: readonly EdgeView[], refusals: readonly Refusal[]): Promise<readonly Trouble[]> {
  const { metrics, now } = traffic;
  const calls = callsOf(edges);
  const refused = new Set(refusals.map(({ source, service }) => `${source} ${service}`));
  return Promise.all(
    failing(edges)
      .slice(0, MOST)
      .map(async (call): Promise<Trouble> => {
        const wrong = (each: Call): boolean =>
          (isBad(each) && each.failures >= PART * call.failures) || refused.has(`${each.source.principal} ${each.destination.called}`);
        const share = shareOf(call);
        const known = await began(metrics, call, { now, judge: (series) => badStep(series, call.callers) });
        const onset = known ?? { since: now - TRAFFIC_WINDOW_MS, stepMs: STEP_MS };
        const current = known === undefined ? share : await shareSince(metrics, call, { since: known.since, now });
        return { kind: 'failing', call, share, current, since: onset.since, ...causeOf(traffic, { call, onset, calls, wrong }) };
      }),
  );
}

async function slowOf(traffic: Traffic, fail: readonly Trouble[]): Promise<readonly Trouble[]> {
  const { metrics, now } = traffic;
  const [lately, before] = await Promise.all([
    metrics.edges({ since: now - SLOW_WINDOW_MS, until: now, namespace: '' }),
    metrics.edges({ since: now - BACK_MS, until: now - TRAFFIC_WINDOW_MS, namespace: '' }),
  ]);
  const failed = new Set(fail.map(({ call }) => callId(call)));
  const calls = callsOf(lately.items);
  const slow = new Map(slowed(calls, callsOf(before.items)).map((each) => [callId(each.call), each]));
  return Promise.all(
    [...slow.values()]
      .filter(({ call }) => !failed.has(callId(call)))
      .slice(0, MOST)
      .map(async (each): Promise<Trouble> => {
        const wrong = (other: Call): boolean => moreMs(slow.get(callId(other)) ?? { ...each, nowMs: 0 }) >= PART * moreMs(each);
        const onset = (await began(metrics, each.call, { now, judge: (series) => slowStep(series, each) })) ?? { since: now - SLOW_WINDOW_MS, stepMs: STEP_MS };
        return { kind: 'slow', ...each, since: onset.since, ...causeOf(traffic, { call: each.call, onset, calls, wrong }) };
      }),
  );
}

/** Calls that fail, and calls that have become slow. Undefined where nothing is counted. */
export async function troublesOf(
  ports: Asked,
  { now, refusals }: { readonly now: number; readonly refusals: readonly Refusal[] },
): Promise<readonly Trouble[] | undefined> {
  const { metrics } = ports;
  if (metrics === undefined) return undefined;
  const { items } = await metrics.edges({ since: now - TRAFFIC_WINDOW_MS, until: now, namespace: '' });
  if (items.length === 0) return [];
  const traffic: Traffic = { ports, metrics, now, changes: changesSince(ports, now) };
  const fail = await failingOf(traffic, items, refusals);
  return [...fail, ...(await slowOf(traffic, fail))];
}
