// Where everything stands: layers from the edge of the mesh, callers left of whom they call. What stood somewhere stays there. Pure.
import { Graph as Dagre, layout as dagre } from '@dagrejs/dagre';
import type { Graph } from './graph.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Left upper corners, by id of the node. */
export type Places = ReadonlyMap<string, Place>;

export const NODE_WIDTH = 168;
export const NODE_HEIGHT = 52;
const GAP_X = 96;
const GAP_Y = 20;
const STEP_Y = NODE_HEIGHT + GAP_Y;

/** Layers of what calls or is called. */
function layers({ nodes, links }: Graph): Map<string, Place> {
  const graph = new Dagre();
  graph.setGraph({ rankdir: 'LR', nodesep: GAP_Y, ranksep: GAP_X, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  for (const { id } of nodes) if (linked.has(id)) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { from, to, rps } of links) graph.setEdge(from, to, { weight: 1 + Math.log10(1 + rps) });
  dagre(graph);
  return new Map(
    graph.nodes().map((id) => {
      const { x = 0, y = 0 } = graph.node(id) as Partial<Place>;
      return [id, { x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y - NODE_HEIGHT / 2) }];
    }),
  );
}

const touches = (a: Place, b: Place): boolean => Math.abs(a.x - b.x) < NODE_WIDTH + 8 && Math.abs(a.y - b.y) < STEP_Y - 4;

/** The nearest free place below. */
function free(wanted: Place, taken: readonly Place[]): Place {
  let place = wanted;
  while (taken.some((other) => touches(place, other))) place = { x: place.x, y: place.y + STEP_Y };
  return place;
}

/** What nobody calls stands in rows below the others. */
function rowsBelow(ids: readonly string[], above: readonly Place[]): readonly (readonly [string, Place])[] {
  const top = above.length === 0 ? 0 : Math.max(...above.map(({ y }) => y)) + STEP_Y * 1.5;
  const width = Math.max(4, Math.ceil(Math.sqrt(ids.length * 2)));
  return ids.map((id, at) => [id, { x: (at % width) * (NODE_WIDTH + GAP_Y), y: Math.round(top + Math.floor(at / width) * STEP_Y) }]);
}

/** How far what is remembered stands from where it would be put now, on the middle. */
function drift(fresh: Places, kept: Places): Place {
  const moved = [...fresh].flatMap(([id, place]) => {
    const before = kept.get(id);
    return before === undefined ? [] : [{ x: before.x - place.x, y: before.y - place.y }];
  });
  const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return { x: middle(moved.map(({ x }) => x)), y: middle(moved.map(({ y }) => y)) };
}

/** A place for every node. Those of `kept` stay; new ones come where they belong, and never on top of another. */
export function layout(graph: Graph, kept: Places): Places {
  const fresh = layers(graph);
  const alone = graph.nodes.map(({ id }) => id).filter((id) => !fresh.has(id));
  for (const [id, place] of rowsBelow(alone, [...fresh.values()])) fresh.set(id, place);
  const { x, y } = drift(fresh, kept);
  const placed = new Map([...kept].filter(([id]) => fresh.has(id)));
  for (const [id, place] of fresh)
    if (!placed.has(id)) placed.set(id, kept.size === 0 ? place : free({ x: place.x + x, y: place.y + y }, [...placed.values()]));
  return placed;
}
