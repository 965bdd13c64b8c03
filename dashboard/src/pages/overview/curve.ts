// The lines of the topology: curves from the right of a caller to the left of whom it calls. Pure; drawn as SVG and on canvas alike.
import type { GraphLink } from './graph.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Ends {
  readonly from: Point;
  readonly to: Point;
}

/** How far the curve leans out; calls back to the left swing wide. */
function lean({ from, to }: Ends): number {
  const across = to.x - from.x;
  return across > 0 ? Math.max(24, across / 2) : Math.min(240, 60 - across / 3);
}

/** The two inner points of the curve. */
export function bends(ends: Ends): readonly [Point, Point] {
  const out = lean(ends);
  return [
    { x: ends.from.x + out, y: ends.from.y },
    { x: ends.to.x - out, y: ends.to.y },
  ];
}

/** As SVG writes a path; `offset` moves it down. */
export function curve(ends: Ends, offset = 0): string {
  const [one, two] = bends(ends);
  const { from, to } = ends;
  return `M${from.x},${from.y + offset}C${one.x},${one.y + offset} ${two.x},${two.y + offset} ${to.x},${to.y + offset}`;
}

/** A point on the curve, `t` from 0 to 1. */
export function at(ends: Ends, t: number): Point {
  const [one, two] = bends(ends);
  const u = 1 - t;
  const blend = (a: number, b: number, c: number, d: number): number => u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
  return { x: blend(ends.from.x, one.x, two.x, ends.to.x), y: blend(ends.from.y, one.y, two.y, ends.to.y) };
}

/** Pixels: each tenfold of requests is as much wider. */
export function linkWidth(rps: number): number {
  return Math.min(8, 1.25 + 1.25 * Math.log10(1 + rps));
}

export interface StrandDrawn {
  readonly version: string;
  readonly offset: number;
  readonly width: number;
}

const GAP = 3;
const THINNEST = 1.25;

/** Strands beside each other, about the middle; one for a call that is not split. */
export function strandOffsets({ strands }: Pick<GraphLink, 'strands'>, width: number): readonly StrandDrawn[] {
  if (strands.length < 2) return [{ version: '', offset: 0, width }];
  const widths = strands.map(({ share }) => Math.max(THINNEST, width * share));
  const all = widths.reduce((sum, each) => sum + each, 0) + GAP * (strands.length - 1);
  let top = -all / 2;
  return strands.map(({ version }, index) => {
    const own = widths[index] ?? THINNEST;
    const offset = top + own / 2;
    top += own + GAP;
    return { version, offset, width: own };
  });
}
