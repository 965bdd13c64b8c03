// Everything the overview is about, as it comes: what is not there yet is absent, never invented.
import { useMemo } from 'react';
import type { EdgesView, FindingsView, StatView } from '../../../../src/api/index.ts';
import { useDocuments } from '../../api/documents.ts';
import { useLive } from '../../api/live.ts';
import { spanQuery } from '../../state/address.ts';
import { useAddress } from '../../state/use-address.ts';
import { type Graph, graphOf } from './graph.ts';

export interface MeshShown {
  readonly graph: Graph;
  readonly findings: FindingsView | undefined;
  readonly findingsError: unknown;
  /** Something was counted in the span. */
  readonly measured: boolean;
  readonly loading: boolean;
  /** The first thing that failed, of what the graph needs. */
  readonly error: unknown;
}

/** What is drawn: services, calls and what is wrong, of scope and span. */
export function useMesh(): MeshShown {
  const { namespace, span } = useAddress();
  const query = { namespace, ...spanQuery(span) };
  const edges = useLive<EdgesView>('/weft/v1/edges', { query });
  const stat = useLive<StatView>('/weft/v1/stat', { query });
  const services = useDocuments('v1', 'services', namespace);
  const findings = useLive<FindingsView>('/weft/v1/findings', { query: { namespace }, everyMs: 10_000 });
  const graph = useMemo(() => {
    const names = (services.data?.items ?? []).map(({ metadata }) => `${metadata.namespace ?? 'default'}/${metadata.name}`);
    return graphOf({ edges: edges.data, stat: stat.data, findings: findings.data?.items ?? [], services: names });
  }, [edges.data, stat.data, services.data, findings.data]);
  return {
    graph,
    findings: findings.data,
    findingsError: findings.error,
    measured: (stat.data?.items.length ?? 0) > 0,
    loading: services.isPending || edges.isPending || stat.isPending,
    error: services.error ?? edges.error ?? stat.error,
  };
}
