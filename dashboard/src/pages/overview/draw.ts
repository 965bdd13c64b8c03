// The crowd, drawn: lines first, then boxes, and words only where they can be read.
import type { Viewport } from '@xyflow/react';
import { rate } from '../../parts/format.ts';
import { bends, linkWidth } from './curve.ts';
import type { Graph, GraphNode } from './graph.ts';
import { NODE_HEIGHT, NODE_WIDTH, type Place, type Places } from './layout.ts';

export interface Colours {
  readonly edge: string;
  readonly warn: string;
  readonly bad: string;
  readonly surface: string;
  readonly line: string;
  readonly ink: string;
  readonly faint: string;
  readonly text: string;
}

/** The tokens, as they are on the page now. */
export function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const probe = document.createElement('span');
  element.parentElement?.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    edge: colour('edge'),
    warn: colour('warn'),
    bad: colour('bad'),
    surface: colour('surface'),
    line: colour('line-strong'),
    ink: colour('ink'),
    faint: colour('ink-faint'),
    text: style.fontFamily,
  };
  probe.remove();
  return found;
}

export interface Scene {
  readonly graph: Graph;
  readonly places: Places;
  readonly viewport: Viewport;
  readonly colours: Colours;
}

const READABLE = 0.45;

function link(pen: CanvasRenderingContext2D, from: Place, to: Place): void {
  const ends = { from: { x: from.x + NODE_WIDTH, y: from.y + NODE_HEIGHT / 2 }, to: { x: to.x, y: to.y + NODE_HEIGHT / 2 } };
  const [one, two] = bends(ends);
  pen.moveTo(ends.from.x, ends.from.y);
  pen.bezierCurveTo(one.x, one.y, two.x, two.y, ends.to.x, ends.to.y);
}

/** Lines of one colour and about one width are one stroke. */
function links(pen: CanvasRenderingContext2D, { graph, places, colours }: Scene): void {
  const groups = Map.groupBy(graph.links, ({ state, rps }) => `${state === 'bad' ? 'bad' : state === 'warn' ? 'warn' : 'edge'} ${Math.round(linkWidth(rps))}`);
  for (const [name, all] of [...groups].sort(([a], [b]) => (a < b ? 1 : -1))) {
    const [colour = 'edge', width] = name.split(' ') as ['edge' | 'warn' | 'bad', string];
    pen.beginPath();
    pen.strokeStyle = colours[colour];
    pen.lineWidth = Number(width);
    pen.globalAlpha = colour === 'edge' ? 0.55 : 0.95;
    for (const { from, to } of all) {
      const [a, b] = [places.get(from), places.get(to)];
      if (a !== undefined && b !== undefined) link(pen, a, b);
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

/** A triangle or a square: the state without its colour. */
function glyph(pen: CanvasRenderingContext2D, { x, y }: Place, state: 'warn' | 'bad'): void {
  pen.beginPath();
  if (state === 'bad') pen.rect(x, y, 10, 10);
  else {
    pen.moveTo(x + 5, y);
    pen.lineTo(x + 11, y + 10);
    pen.lineTo(x - 1, y + 10);
    pen.closePath();
  }
  pen.fill();
}

/** From far away only what is wrong has a name, as large as it can be read. */
function named(pen: CanvasRenderingContext2D, { name, state }: GraphNode, { x, y }: Place, { colours, viewport }: Scene): void {
  if (state !== 'bad' && state !== 'warn') return;
  pen.fillStyle = colours[state];
  pen.font = `600 ${11 / viewport.zoom}px ${colours.text}`;
  pen.fillText(name, x, y - 6);
}

function box(pen: CanvasRenderingContext2D, node: GraphNode, { x, y }: Place, scene: Scene): void {
  const { colours, viewport } = scene;
  const marked = node.state === 'bad' || node.state === 'warn' ? node.state : undefined;
  pen.fillStyle = colours.surface;
  pen.strokeStyle = marked === undefined ? colours.line : colours[marked];
  pen.lineWidth = marked === undefined ? 1 : 2;
  pen.beginPath();
  pen.roundRect(x, y, NODE_WIDTH, NODE_HEIGHT, 6);
  pen.fill();
  pen.stroke();
  if (marked !== undefined) {
    pen.fillStyle = colours[marked];
    glyph(pen, { x: x + 10, y: y + 12 }, marked);
  }
  if (viewport.zoom < READABLE) return;
  const left = x + (marked === undefined ? 10 : 26);
  pen.fillStyle = colours.ink;
  pen.font = `600 13px ${colours.text}`;
  pen.fillText(node.name, left, y + 22, x + NODE_WIDTH - left - 8);
  pen.fillStyle = colours.faint;
  pen.font = `12px ${colours.text}`;
  pen.fillText(node.rps === 0 ? 'no requests' : rate(node.rps), left, y + 40, x + NODE_WIDTH - left - 8);
}

/** Draws what the camera sees. */
export function draw(canvas: HTMLCanvasElement, scene: Scene): void {
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  const { graph, places, viewport } = scene;
  const [width, height, dense] = [canvas.clientWidth, canvas.clientHeight, devicePixelRatio];
  if (canvas.width !== Math.round(width * dense)) canvas.width = Math.round(width * dense);
  if (canvas.height !== Math.round(height * dense)) canvas.height = Math.round(height * dense);
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.setTransform(dense * viewport.zoom, 0, 0, dense * viewport.zoom, dense * viewport.x, dense * viewport.y);
  links(pen, scene);
  const [left, top] = [-viewport.x / viewport.zoom - NODE_WIDTH, -viewport.y / viewport.zoom - NODE_HEIGHT];
  const [right, bottom] = [(width - viewport.x) / viewport.zoom, (height - viewport.y) / viewport.zoom];
  const seen = graph.nodes.flatMap((node) => {
    const place = places.get(node.id);
    return place !== undefined && place.x > left && place.x < right && place.y > top && place.y < bottom ? [{ node, place }] : [];
  });
  for (const { node, place } of seen) box(pen, node, place, scene);
  if (viewport.zoom < READABLE) for (const { node, place } of seen) named(pen, node, place, scene);
}
