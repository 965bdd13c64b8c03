// Which calls fail, asked of the metrics; since when, of their series; after what, of the changes.
import type { ChangeView } from '../../api/index.ts';
import { makeDocumentKey, type ServiceKey } from '../../model/index.ts';
import { changesOf } from '../changes.ts';
import type { ManagePorts } from '../ports.ts';
import { TRAFFIC_WINDOW_MS } from './traffic.ts';
import { blamed, failing, leadsTo, onsetOf, shareOf, type Trouble } from './trouble.ts';

const BACK_MS = 3 * 3_600_000;
const STEP_MS = 60_000;
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
      const series = await metrics.series({ since: now - BACK_MS, until: now, stepMs: STEP_MS, service, by: 'source' });
      const since = onsetOf(series, `${edge.source.namespace}/${edge.source.workload}`) ?? now - TRAFFIC_WINDOW_MS;
      const after = blamed(changes, { since, stepMs: series.stepMs, leads: leads(ports, service) });
      return { edge, share: shareOf(edge), since, ...(after === undefined ? {} : { after }) };
    }),
  );
}
