// Spans and the edges between them -> a tree, and the line that sums it up.
import type { SpanView, TraceSummary, TraceView } from '../../api/index.ts';
import type { SpanEdge } from './edges.ts';
import type { KeptSpan } from './kept-span.ts';

const ORDER = { gateway: 0, outbound: 1, inbound: 2 } as const;
const earlier = (a: KeptSpan, b: KeptSpan): number => a.startUs - b.startUs || ORDER[a.side] - ORDER[b.side] || (a.id < b.id ? -1 : 1);

/**
 * Applications that trace themselves name spans of their own as parents, which nobody told us. What a workload asks while it is asked
 * something of the same trace belongs to that.
 */
function within(span: KeptSpan, all: readonly KeptSpan[]): string {
  const around = all.filter(
    (each) =>
      each.side === 'inbound' &&
      each.workload === span.workload &&
      each.trace === span.trace &&
      each.startUs <= span.startUs &&
      span.startUs <= each.startUs + each.durationUs,
  );
  return around.toSorted(earlier).at(-1)?.id ?? '';
}

type Linked = SpanView & { readonly lost: boolean };

function linked(
  span: KeptSpan,
  { spans, ids, edges }: { readonly spans: readonly KeptSpan[]; readonly ids: ReadonlySet<string>; readonly edges: ReadonlyMap<string, SpanEdge> },
): Linked {
  if (ids.has(span.parent)) return { ...span, lost: false };
  const edge = edges.get(span.id);
  if (edge !== undefined && ids.has(edge.parent)) {
    const inferred = edge.confidence < 1 ? { inferred: { confidence: edge.confidence } } : {};
    return { ...span, parent: edge.parent, ...inferred, lost: false };
  }
  const around = span.side === 'outbound' && span.parent !== '' ? within(span, spans) : '';
  return { ...span, parent: around, lost: span.parent !== '' && around === '' };
}

/** A parent before its children. What goes in a circle (only forged spans do) stands at the top. */
function ordered(spans: readonly Linked[]): readonly Linked[] {
  const children = Map.groupBy(spans, ({ parent }) => parent);
  const seen = new Set<string>();
  const found: Linked[] = [];
  const walk = (from: readonly Linked[]): void => {
    const waiting = [...from].reverse();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next.id)) continue;
      seen.add(next.id);
      found.push(next);
      waiting.push(...(children.get(next.id) ?? []).toSorted(earlier).reverse());
    }
  };
  walk((children.get('') ?? []).toSorted(earlier));
  for (const span of spans.toSorted(earlier)) if (!seen.has(span.id)) walk([{ ...span, parent: '' }]);
  return found;
}

export interface TraceParts {
  readonly id: string;
  readonly spans: readonly KeptSpan[];
  readonly edges: readonly SpanEdge[];
}

/** Undefined without spans. What ended before `settledUs` (epoch) is all there. */
export function treeOf({ id, spans: all, edges }: TraceParts, settledUs: number): TraceView | undefined {
  const spans = [...new Map(all.map((span) => [span.id, span])).values()];
  const ids = new Set(spans.map((span) => span.id));
  const byChild = new Map(edges.map((edge) => [edge.child, edge]));
  const tops = spans.map((span) => linked(span, { spans, ids, edges: byChild }));
  const placed = ordered(tops);
  const [first] = placed;
  if (first === undefined) return undefined;
  const tree = placed.map(({ lost: _, ...span }) => span);
  return {
    ...summaryOf(id, tree, first),
    settling: tree.some((span) => span.startUs + span.durationUs > settledUs),
    tree,
    orphans: placed.filter(({ lost }) => lost).length,
  };
}

function summaryOf(id: string, tree: readonly SpanView[], first: SpanView): Omit<TraceSummary, 'settling'> {
  const startUs = Math.min(...tree.map((span) => span.startUs));
  const endUs = Math.max(...tree.map((span) => span.startUs + span.durationUs));
  const inferred = tree.flatMap((span) => (span.inferred === undefined ? [] : [span.inferred.confidence]));
  return {
    id,
    at: new Date(startUs / 1000).toISOString(),
    durationUs: endUs - startUs,
    service: first.service || first.workload,
    name: first.name,
    status: first.status,
    error: tree.some(({ error }) => error),
    spans: tree.length,
    services: [...new Set(tree.map(({ service }) => service).filter((service) => service !== ''))].sort(),
    requests: [...new Set(tree.map(({ request }) => request).filter((request) => request !== ''))].slice(0, 20),
    inferred: inferred.length,
    confidence: inferred.reduce((product, each) => product * each, 1),
  };
}
