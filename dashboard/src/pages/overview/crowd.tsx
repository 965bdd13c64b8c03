// More than 200 nodes: one canvas under the same camera. What it shows is in the table, for those who use no pointer.
import { Controls, ReactFlow, useOnViewportChange, useReactFlow, type Viewport } from '@xyflow/react';
import { type ReactNode, useCallback, useEffect, useRef } from 'react';
import { draw, readColours } from './draw.ts';
import type { Graph, GraphNode } from './graph.ts';
import { NODE_HEIGHT, NODE_WIDTH, type Places } from './layout.ts';

interface CrowdProps {
  readonly graph: Graph;
  readonly places: Places;
  readonly go: (node: GraphNode) => void;
}

function boundsOf(places: Places): { readonly x: number; readonly y: number; readonly width: number; readonly height: number } {
  const all = [...places.values()];
  const [x, y] = [Math.min(...all.map((place) => place.x)), Math.min(...all.map((place) => place.y))];
  return { x, y, width: Math.max(...all.map((place) => place.x)) + NODE_WIDTH - x, height: Math.max(...all.map((place) => place.y)) + NODE_HEIGHT - y };
}

function Picture({ graph, places }: Pick<CrowdProps, 'graph' | 'places'>): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { getViewport, fitBounds } = useReactFlow();
  const waiting = useRef(0);
  const paint = useCallback(
    (viewport: Viewport): void => {
      cancelAnimationFrame(waiting.current);
      waiting.current = requestAnimationFrame(() => {
        if (canvas.current !== null) draw(canvas.current, { graph, places, viewport, colours: readColours(canvas.current) });
      });
    },
    [graph, places],
  );
  useOnViewportChange({ onChange: paint });
  useEffect(() => {
    const again = (): void => paint(getViewport());
    again();
    const sizes = new ResizeObserver(again);
    if (canvas.current !== null) sizes.observe(canvas.current);
    addEventListener('weft-theme', again);
    return () => {
      sizes.disconnect();
      removeEventListener('weft-theme', again);
    };
  }, [paint, getViewport]);
  // the camera is put once; afterwards it is the reader's
  useEffect(() => {
    void fitBounds(boundsOf(places), { padding: 0.05 });
  }, [fitBounds]);
  return <canvas ref={canvas} className="crowd" role="img" aria-label="The topology; its content is in the table" />;
}

function Camera({ graph, places, go }: CrowdProps): ReactNode {
  const { screenToFlowPosition } = useReactFlow();
  const hit = ({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): void => {
    const { x, y } = screenToFlowPosition({ x: clientX, y: clientY });
    const found = graph.nodes.find(({ id }) => {
      const place = places.get(id);
      return place !== undefined && x >= place.x && x <= place.x + NODE_WIDTH && y >= place.y && y <= place.y + NODE_HEIGHT;
    });
    if (found !== undefined) go(found);
  };
  return (
    <ReactFlow nodes={[]} edges={[]} onPaneClick={hit} minZoom={0.05} maxZoom={2} proOptions={{ hideAttribution: true }}>
      <Picture graph={graph} places={places} />
      <Controls showInteractive={false} showFitView={false} position="top-right" />
    </ReactFlow>
  );
}

export function Crowd(props: CrowdProps): ReactNode {
  return <Camera {...props} />;
}
