// Which calls fail, asked of the metrics; since when, of their series; after what, of the changes.
import type { ChangeView } from '../../api/index.ts';
import { makeDocumentKey, type ServiceKey } from '../../model/index.ts';
import { changesOf } from '../changes.ts';
import type { ManagePorts, MetricsPort } from '../ports.ts';
import { TRAFFIC_WINDOW_MS } from './traffic.ts';
import { blamed, failing, firstBad, leadsTo, onsetOf, shareOf, type Trouble } from './trouble.ts';

const BACK_MS = 3 * 3_600_000;
const STEP_MS = 60_000;
/** The finest that is kept, for as long as it is looked back. */
const FINE_MS = 10_000;
/** Each costs a question for its series. */
const MOST = 10;
const MOST_CHANGES = 500;

type Asked = Pick<ManagePorts, 'store' | 'mesh' | 'metrics'>;

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

/** The minute in which it began, and in it the ten seconds: who changed something after those has not done it. */
async function began(metrics: MetricsPort, { source, destination }: Trouble['edge'], now: number): Promise<Onset | undefined> {
  const asked = { service: destination.called, namespace: '', by: 'source' } as const;
  const name = `${source.namespace}/${source.workload}`;
  const coarse = await metrics.series({ ...asked, since: now - BACK_MS, until: now, stepMs: STEP_MS });
  const minute = onsetOf(coarse, name);
  if (minute === undefined) return undefined;
  const fine = await metrics.series({ ...asked, since: minute, until: Math.min(now, minute + STEP_MS - 1), stepMs: FINE_MS });
  const since = firstBad(fine, name);
  return since === undefined ? { since: minute, stepMs: coarse.stepMs } : { since, stepMs: fine.stepMs };
}

export async function troublesOf(ports: Asked, now: number): Promise<readonly Trouble[] | undefined> {
  const { metrics, store } = ports;
  if (metrics === undefined) return undefined;
  const { items } = await metrics.edges({ since: now - TRAFFIC_WINDOW_MS, until: now, namespace: '' });
  const bad = failing(items).slice(0, MOST);
  if (bad.length === 0) return [];
  const { items: changes } = changesOf(store, { since: now - BACK_MS, until: now, namespace: undefined, limit: MOST_CHANGES, wanted: () => true });
  return Promise.all(
    bad.map(async (edge): Promise<Trouble> => {
      const service = edge.destination.called;
      const onset = await began(metrics, edge, now);
      const { since, stepMs } = onset ?? { since: now - TRAFFIC_WINDOW_MS, stepMs: STEP_MS };
      const after = blamed(changes, { since, stepMs, leads: leads(ports, service) });
      return { edge, share: shareOf(edge), since, ...(after === undefined ? {} : { after }) };
    }),
  );
}
