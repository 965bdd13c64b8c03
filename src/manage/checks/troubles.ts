// Which calls fail, asked of the metrics; since when, of their series; after what, of the changes.
import type { ChangeView, EdgeView } from '../../api/index.ts';
import { makeDocumentKey, type ServiceKey } from '../../model/index.ts';
import { changesOf } from '../changes.ts';
import type { ManagePorts, MetricsPort } from '../ports.ts';
import { type Refusal, refusalsIn } from './refusals.ts';
import { TRAFFIC_WINDOW_MS } from './traffic.ts';
import { behind, blamed, failing, firstBad, isBad, leadsTo, onsetOf, shareFrom, shareOf, type Trouble } from './trouble.ts';

const BACK_MS = 3 * 3_600_000;
const STEP_MS = 60_000;
/** The finest that is kept, for as long as it is looked back. */
const FINE_MS = 10_000;
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
  /** Failed since then, of 1. */
  readonly current: number;
}

/** The minute in which it began, and in it the ten seconds: who changed something after those has not done it. */
async function began(metrics: MetricsPort, { source, destination }: EdgeView, now: number): Promise<Onset | undefined> {
  const asked = { service: destination.called, namespace: '', by: 'source' } as const;
  const name = `${source.namespace}/${source.workload}`;
  const coarse = await metrics.series({ ...asked, since: now - BACK_MS, until: now, stepMs: STEP_MS });
  const minute = onsetOf(coarse, name);
  if (minute === undefined) return undefined;
  const fine = await metrics.series({ ...asked, since: minute, until: Math.min(now, minute + STEP_MS - 1), stepMs: FINE_MS });
  const since = firstBad(fine, name);
  const later = shareFrom(coarse, name, minute + STEP_MS);
  const current = later > 0 ? later : shareFrom(fine, name, since ?? minute);
  return { ...(since === undefined ? { since: minute, stepMs: coarse.stepMs } : { since, stepMs: fine.stepMs }), current };
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

export async function troublesOf(
  ports: Asked,
  { now, refusals }: { readonly now: number; readonly refusals: readonly Refusal[] },
): Promise<readonly Trouble[] | undefined> {
  const { metrics } = ports;
  if (metrics === undefined) return undefined;
  const { items } = await metrics.edges({ since: now - TRAFFIC_WINDOW_MS, until: now, namespace: '' });
  const bad = failing(items).slice(0, MOST);
  if (bad.length === 0) return [];
  const changes = changesSince(ports, now);
  const refused = new Set(refusals.map(({ source, service }) => `${source} ${service}`));
  const wrong = (edge: EdgeView): boolean => isBad(edge) || refused.has(`${edge.source.principal} ${edge.destination.called}`);
  return Promise.all(
    bad.map(async (edge): Promise<Trouble> => {
      const service = edge.destination.called;
      const share = shareOf(edge);
      const { since, stepMs, current } = (await began(metrics, edge, now)) ?? { since: now - TRAFFIC_WINDOW_MS, stepMs: STEP_MS, current: share };
      // what goes wrong further on is the nearer cause
      const further = behind(edge, items, wrong).map((each) => leads(ports, each));
      const after =
        blamed(changes, { since, stepMs, leads: (change) => further.some((leading) => leading(change)) }) ??
        blamed(changes, { since, stepMs, leads: leads(ports, service) });
      return { edge, share, current, since, ...(after === undefined ? {} : { after }) };
    }),
  );
}
