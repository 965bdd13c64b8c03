// Edges of the metrics, put together as people speak of them: who calls which service. An edge is one of a workload, a version and a way of being secured;
// what never reached the other end is another edge than what did, and a share of failures is one of both.
import type { EdgeEndView, EdgeView } from '../../api/index.ts';

/** All edges of one caller to one service. `workload` is on both ends what the instances have in common; what is no count is as of its busiest edge. */
export interface Call extends EdgeView {
  /** Names of its callers in series: `namespace/workload`. */
  readonly callers: readonly string[];
  /** The one version that is spoken of; empty: all there are. */
  readonly only: string;
}

const commonName = ({ service, workload }: EdgeEndView): string => (service === '' || service === 'unknown' ? workload : service);

const common = <End extends EdgeEndView>(end: End): End => ({ ...end, workload: commonName(end) });

/** Tells calls apart, of whatever time. */
export const callId = ({ source, destination }: EdgeView): string => `${source.namespace}/${commonName(source)} ${destination.called}`;

function callOf(edges: readonly EdgeView[], only: string): readonly Call[] {
  const [busiest] = edges.toSorted((a, b) => b.requests - a.requests);
  if (busiest === undefined) return [];
  const sum = (of: (edge: EdgeView) => number): number => edges.reduce((all, edge) => all + of(edge), 0);
  return [
    {
      ...busiest,
      source: common(busiest.source),
      destination: common(busiest.destination),
      requests: sum(({ requests }) => requests),
      failures: sum(({ failures }) => failures),
      callers: [...new Set(edges.map(({ source }) => `${source.namespace}/${source.workload}`))],
      only,
    },
  ];
}

/** Of each caller and service one. */
export function callsOf(edges: readonly EdgeView[]): readonly Call[] {
  return [...Map.groupBy(edges, callId).values()].flatMap((all) => callOf(all, ''));
}

/** The same calls, by the version that was reached; of a service with one version nothing. */
export function versionsOf(call: Call, edges: readonly EdgeView[]): readonly Call[] {
  const own = Map.groupBy(
    edges.filter((edge) => callId(edge) === callId(call)),
    ({ destination }) => destination.version,
  );
  return own.size < 2 ? [] : [...own].flatMap(([version, all]) => callOf(all, version));
}
