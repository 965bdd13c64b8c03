// The graph, to pan, zoom and walk through. Up to 200 nodes are elements of the page, each reachable by keyboard; beyond that it is one picture.
import { applyNodeChanges, Controls, type Edge, type Node, type NodeChange, ReactFlow, ReactFlowProvider } from '@xyflow/react';
import { type CSSProperties, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import '@xyflow/react/dist/base.css';
import { Crowd } from './crowd.tsx';
import type { Graph, GraphNode } from './graph.ts';
import { layout, NODE_HEIGHT, NODE_WIDTH, type Places, proportion, worthRemembering } from './layout.ts';
import { CallLink, type LinkShown } from './link.tsx';
import { type NodeShown, ServiceNode } from './node.tsx';
import { forget, recall, remember } from './remembered.ts';

const NODE_TYPES = { service: ServiceNode };
const EDGE_TYPES = { call: CallLink };
const CROWD_ABOVE = 200;
/** With so few links, numbers stand at each of them. */
const TOLD_UP_TO = 14;

export interface TopologyProps {
  readonly graph: Graph;
  /** What is drawn, for remembering where things stood. */
  readonly view: string;
  /** Say the namespace at each service. */
  readonly placed: boolean;
  readonly go: (node: GraphNode) => void;
}

interface Standing {
  readonly places: Places;
  move(id: string, x: number, y: number): void;
  /** Forgets where things stood. */
  arrange(): void;
}

/** Places of all nodes: where they stood before, and where new ones belong. */
function usePlaces(graph: Graph, view: string): Standing {
  const [kept, setKept] = useState<{ readonly view: string; readonly places: Places }>(() => ({ view, places: recall(view) }));
  const before = kept.view === view ? kept.places : recall(view);
  const ids = graph.nodes.map(({ id }) => id).join('\n');
  const ends = graph.links.map(({ id }) => id).join('\n');
  // a graph with the same nodes and links is laid out the same
  const places = useMemo(() => layout(graph, before), [ids, ends, before]);
  // a graph without links yet must not wipe out what was there
  useEffect(() => {
    if (graph.links.length > 0) remember(view, worthRemembering(graph, places));
  }, [view, graph, places]);
  return {
    places,
    move: (id, x, y) => setKept({ view, places: new Map(places).set(id, { x, y }) }),
    arrange: () => {
      forget(view);
      setKept({ view, places: new Map() });
    },
  };
}

function useNodes(
  graph: Graph,
  places: Places,
  shown: Omit<NodeShown, 'node' | 'faded'>,
  near: ReadonlySet<string> | undefined,
): [Node[], (changes: NodeChange[]) => void] {
  const { placed, go } = shown as { readonly placed: boolean; readonly go: NodeShown['go'] };
  const made = useMemo(
    () =>
      graph.nodes.map((node): Node => {
        const data: NodeShown = { node, faded: near !== undefined && !near.has(node.id), placed, go };
        const size = { width: NODE_WIDTH, height: NODE_HEIGHT };
        return {
          id: node.id,
          type: 'service',
          position: places.get(node.id) ?? { x: 0, y: 0 },
          data,
          ...size,
          focusable: false,
          connectable: false,
          deletable: false,
        };
      }),
    [graph, places, near, placed, go],
  );
  const [nodes, setNodes] = useState(made);
  useEffect(() => setNodes(made), [made]);
  return [nodes, useCallback((changes) => setNodes((before) => applyNodeChanges(changes, before)), [])];
}

/** From far away there are only names, and from farther only those of what is wrong; they stay as large as they can be read. */
function showZoom(box: HTMLElement | null, zoom: number): void {
  box?.style.setProperty('--zoom', String(Math.max(zoom, 0.1)));
  box?.classList.toggle('far', zoom < 0.5);
  box?.classList.toggle('farther', zoom < 0.3);
}

function Few({ graph, placed, go, places, move, arrange }: TopologyProps & Standing): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState<string>();
  const near = useMemo(() => {
    if (over === undefined) return undefined;
    return new Set([over, ...graph.links.flatMap(({ from, to }) => (from === over || to === over ? [from, to] : []))]);
  }, [graph, over]);
  const [nodes, onNodesChange] = useNodes(graph, places, { placed, go }, near);
  const edges = useMemo(
    () =>
      graph.links.map((link): Edge => {
        const touched = over !== undefined && (link.from === over || link.to === over);
        const data: LinkShown = { link, faded: over !== undefined && !touched, told: touched || graph.links.length <= TOLD_UP_TO };
        return { id: link.id, type: 'call', source: link.from, target: link.to, data, focusable: false, selectable: false, deletable: false };
      }),
    [graph, over],
  );
  return (
    <ReactFlow
      ref={box}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onNodesChange={onNodesChange}
      onNodeMouseEnter={(_event, { id }) => setOver(id)}
      onNodeMouseLeave={() => setOver(undefined)}
      onNodeDragStop={(_event, { id, position }) => move(id, position.x, position.y)}
      nodeDragThreshold={4}
      fitView
      fitViewOptions={{ padding: 0.05, maxZoom: 1.1 }}
      minZoom={0.1}
      maxZoom={2}
      onMove={(_event, { zoom }) => showZoom(box.current, zoom)}
      proOptions={{ hideAttribution: true }}
      ariaLabelConfig={{ 'controls.interactive.ariaLabel': 'lock' }}
    >
      <Controls showInteractive={false} position="top-right">
        <button type="button" className="react-flow__controls-button" onClick={arrange} aria-label="Arrange anew" title="Arrange anew">
          ⟲
        </button>
      </Controls>
    </ReactFlow>
  );
}

/** The graph as a picture with a camera. What is in it is also in the table beside it. */
export function Topology(props: TopologyProps): ReactNode {
  const { graph, view, go } = props;
  const standing = usePlaces(graph, view);
  const shape = { '--proportion': proportion(standing.places) } as CSSProperties;
  return (
    <div className="topology-room">
      <div className="topology" style={shape}>
        <ReactFlowProvider key={view}>
          {graph.nodes.length > CROWD_ABOVE ? <Crowd graph={graph} places={standing.places} go={go} /> : <Few {...props} {...standing} />}
        </ReactFlowProvider>
      </div>
    </div>
  );
}
