import { type DocumentKey, type Mesh, servicesOfWorkload, splitDocumentKey, workloadKey } from '../model/index.ts';
import type { Fleet } from './fleet.ts';

export interface Seen {
  readonly seen: number;
  readonly total: number;
}

/** Of the connected proxies that have endpoints of a workload (its document's key), how many run them as they are now. */
export function seenOf(mesh: Mesh, fleet: Fleet, key: DocumentKey): Seen {
  const { namespace, name } = splitDocumentKey(key);
  const workload = mesh.workloads.get(workloadKey(namespace, name));
  if (workload === undefined) return { seen: 0, total: 0 };
  const entries = servicesOfWorkload(mesh, workload).flatMap((service) => [...fleet.catalog.entriesOf(service.key)]);
  const proxies = fleet.proxiesOf(entries);
  let seen = 0;
  for (const state of proxies) {
    const mine = entries.filter((entry) => state.group !== undefined && entry.groups.has(state.group));
    const endpoints = mine.flatMap((entry) => [...entry.served.values()].filter((resource) => resource.type === 'endpoints'));
    if (endpoints.every((resource) => state.runs(resource))) seen++;
  }
  return { seen, total: proxies.size };
}
