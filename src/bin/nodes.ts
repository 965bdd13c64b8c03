// What nodes have proved, kept in the store.
import { type Admitted, NodeAdmissions } from '../control/index.ts';
import { makeDocumentKey, type WorkloadKey } from '../model/index.ts';
import type { Store } from '../store/index.ts';

const AREA = 'node-workloads';

/** Forgets workloads that left while no control plane ran. */
export async function openAdmissions(store: Store): Promise<NodeAdmissions> {
  const admissions = new NodeAdmissions({
    load: () => new Map([...store.listValues(AREA)].map(([key, text]) => [key as WorkloadKey, JSON.parse(text) as Admitted])),
    save: (workload, admitted) => store.putValue(AREA, workload, admitted === undefined ? undefined : JSON.stringify(admitted)),
  });
  await admissions.prune((workload) => {
    const [namespace = '', name = ''] = workload.split('/');
    return store.get(makeDocumentKey('weft.dev', 'Workload', namespace, name)) !== undefined;
  });
  return admissions;
}
