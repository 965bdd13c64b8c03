// Large meshes by namespace: one node for all services of a namespace that nobody opened. Pure.
import { type Graph, type GraphLink, type GraphNode, worse } from './graph.ts';

/** Beyond so many services, namespaces are drawn instead. */
export const GROUP_ABOVE = 60;

/** Whether there is anything to be gained by it. */
export function worthGrouping({ nodes }: Graph): boolean {
  const inside = nodes.filter(({ kind }) => kind !== 'outside');
  return inside.length > GROUP_ABOVE && new Set(inside.map(({ namespace }) => namespace)).size > 1;
}

function groupOf(namespace: string, nodes: readonly GraphNode[]): GraphNode {
  const rps = nodes.reduce((sum, node) => sum + node.rps, 0);
  const failed = nodes.reduce((sum, node) => sum + node.rps * node.failing, 0);
  const slow = nodes.flatMap(({ p99Ms }) => (p99Ms === null ? [] : [p99Ms]));
  return {
    id: `${namespace}/`,
    namespace,
    name: namespace,
    kind: 'group',
    services: nodes.length,
    rps,
    out: nodes.reduce((sum, node) => sum + node.out, 0),
    failing: rps === 0 ? 0 : failed / rps,
    p99Ms: slow.length === 0 ? null : Math.max(...slow),
    state: nodes.map(({ state }) => state).reduce(worse, 'none'),
    findings: nodes.reduce((sum, node) => sum + node.findings, 0),
  };
}

function merged(id: string, [from, to]: readonly [string, string], links: readonly GraphLink[]): GraphLink {
  const [only] = links;
  if (links.length === 1 && only !== undefined) return { ...only, id, from, to };
  const rps = links.reduce((sum, link) => sum + link.rps, 0);
  const slow = links.flatMap(({ p99Ms }) => (p99Ms === null ? [] : [p99Ms]));
  const kinds = new Set(links.map(({ security }) => security));
  return {
    id,
    from,
    to,
    rps,
    failing: rps === 0 ? 0 : links.reduce((sum, link) => sum + link.rps * link.failing, 0) / rps,
    p99Ms: slow.length === 0 ? null : Math.max(...slow),
    security: kinds.size === 1 ? (only?.security ?? 'unknown') : kinds.has('none') || kinds.has('mixed') ? 'mixed' : 'unknown',
    state: links.map(({ state }) => state).reduce(worse, 'none'),
    strands: [],
  };
}

/** The graph with every namespace closed that is not in `open`. What is outside of the mesh stays as it is. */
export function grouped({ nodes, links }: Graph, open: ReadonlySet<string>): Graph {
  const shownAs = new Map(nodes.map((node) => [node.id, node.kind === 'outside' || open.has(node.namespace) ? node.id : `${node.namespace}/`]));
  const closed = Map.groupBy(
    nodes.filter(({ id }) => shownAs.get(id) !== id),
    ({ namespace }) => namespace,
  );
  const groups = [...closed].map(([namespace, all]) => groupOf(namespace, all));
  const byEnds = Map.groupBy(links, ({ from, to }) => `${shownAs.get(from) ?? from} → ${shownAs.get(to) ?? to}`);
  const between = [...byEnds].flatMap(([id, all]) => {
    const [from = '', to = ''] = id.split(' → ');
    return from === to ? [] : [merged(id, [from, to], all)];
  });
  return { nodes: [...nodes.filter(({ id }) => shownAs.get(id) === id), ...groups].sort((a, b) => (a.id < b.id ? -1 : 1)), links: between };
}
