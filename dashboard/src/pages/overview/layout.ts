// Where everything stands: layers from the edge of the mesh, callers left of whom they call. What stood somewhere stays there. Pure.
import { Graph as Dagre, layout as dagre } from '@dagrejs/dagre';
import type { Graph } from './graph.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Left upper corners, by id of the node. */
export type Places = ReadonlyMap<string, Place>;

export const NODE_WIDTH = 152;
export const NODE_HEIGHT = 52;
const GAP_X = 96;
const GAP_Y = 32;
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

/** Above so many nodes, layers are folded. */
const FOLD_ABOVE = 24;
const FOLDED = { gapX: 88, insideX: 20, gapY: 14 } as const;
/** Width over height of what is drawn when it is folded. */
const ASPECT = 1.35;

/** Nodes by layer, each from top to bottom. */
function columnsOf(places: ReadonlyMap<string, Place>): readonly (readonly string[])[] {
  const byX = Map.groupBy(places, ([, { x }]) => x);
  return [...byX].sort(([a], [b]) => a - b).map(([, all]) => all.sort(([, a], [, b]) => a.y - b.y).map(([id]) => id));
}

/** So many rows that all of it is as wide as a screen is. */
function rowsFor(columns: readonly (readonly string[])[]): number {
  const most = Math.max(...columns.map(({ length }) => length));
  for (let rows = 4; rows < most; rows++) {
    const inside = columns.reduce((sum, { length }) => sum + Math.ceil(length / rows), 0);
    const width = inside * (NODE_WIDTH + FOLDED.insideX) + (columns.length - 1) * (FOLDED.gapX - FOLDED.insideX);
    if (width <= ASPECT * rows * (NODE_HEIGHT + FOLDED.gapY)) return rows;
  }
  return most;
}

/** Layers with more nodes than a screen has rows stand in several columns beside each other. */
function folded(places: Map<string, Place>): Map<string, Place> {
  if (places.size <= FOLD_ABOVE) return places;
  const columns = columnsOf(places);
  const rows = rowsFor(columns);
  const found = new Map<string, Place>();
  let left = 0;
  for (const column of columns) {
    const wide = Math.ceil(column.length / rows);
    const tall = Math.ceil(column.length / wide);
    const top = ((rows - tall) * (NODE_HEIGHT + FOLDED.gapY)) / 2;
    for (const [at, id] of column.entries())
      found.set(id, { x: left + Math.floor(at / tall) * (NODE_WIDTH + FOLDED.insideX), y: Math.round(top + (at % tall) * (NODE_HEIGHT + FOLDED.gapY)) });
    left += wide * (NODE_WIDTH + FOLDED.insideX) - FOLDED.insideX + FOLDED.gapX;
  }
  return found;
}

const touches = (a: Place, b: Place): boolean => Math.abs(a.x - b.x) < NODE_WIDTH + 8 && Math.abs(a.y - b.y) < NODE_HEIGHT + 8;

/** The nearest free place below. */
function free(wanted: Place, taken: readonly Place[]): Place {
  let place = wanted;
  while (taken.some((other) => touches(place, other))) place = { x: place.x, y: place.y + STEP_Y };
  return place;
}

/** What nobody calls stands in rows below the others. */
function rowsBelow(ids: readonly string[], above: readonly Place[]): readonly (readonly [string, Place])[] {
  const top = above.length === 0 ? 0 : Math.max(...above.map(({ y }) => y)) + STEP_Y * 1.5;
  const left = above.length === 0 ? 0 : Math.min(...above.map(({ x }) => x));
  const width = Math.max(4, Math.ceil(Math.sqrt(ids.length * 2)));
  return ids.map((id, at) => [id, { x: left + (at % width) * (NODE_WIDTH + GAP_Y), y: Math.round(top + Math.floor(at / width) * STEP_Y) }]);
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

/** Too little is known of a graph that has changed so much: it is laid out anew. */
const LEAST_KNOWN = 0.5;

/** A place for every node. What calls or is called stays where `kept` has it; new ones come where they belong, and never on top of another. */
export function layout(graph: Graph, kept: Places): Places {
  const fresh = folded(layers(graph));
  const known = new Map([...kept].filter(([id]) => fresh.has(id)));
  const placed = known.size < fresh.size * LEAST_KNOWN ? new Map<string, Place>() : known;
  const { x, y } = drift(fresh, placed);
  const first = placed.size === 0;
  for (const [id, place] of fresh) if (!placed.has(id)) placed.set(id, first ? place : free({ x: place.x + x, y: place.y + y }, [...placed.values()]));
  const alone = graph.nodes.map(({ id }) => id).filter((id) => !fresh.has(id));
  for (const [id, place] of rowsBelow(alone, [...placed.values()])) placed.set(id, place);
  return placed;
}

/** What is worth remembering: those that call or are called. */
export function worthRemembering({ links }: Graph, places: Places): Places {
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  return new Map([...places].filter(([id]) => linked.has(id)));
}

/** Height over width of all that is drawn. */
export function proportion(places: Places): number {
  const all = [...places.values()];
  if (all.length === 0) return 0;
  const width = Math.max(...all.map(({ x }) => x)) - Math.min(...all.map(({ x }) => x)) + NODE_WIDTH;
  const height = Math.max(...all.map(({ y }) => y)) - Math.min(...all.map(({ y }) => y)) + NODE_HEIGHT;
  return height / width;
}
