// The shape of the strip. Pure.

export interface Shape {
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
  /** What reaches the top. */
  readonly most: number;
  readonly width: number;
  readonly height: number;
}

/** An area as SVG writes it, one step after the other; empty for nothing. */
export function areaOf(times: readonly number[], values: readonly number[], { from, to, most, width, height }: Shape): string {
  const x = (at: number): number => Math.round(((at - from) / (to - from)) * width * 10) / 10;
  const y = (value: number): number => Math.round((height - (value / most) * (height - 2)) * 10) / 10;
  const points = times.flatMap((at, index) => (at < from || at > to ? [] : [`${x(at)},${y(values[index] ?? 0)}`]));
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  return `M${first.split(',')[0]},${height}L${points.join('L')}L${last.split(',')[0]},${height}Z`;
}

/** Moments at equal distances, both ends among them. */
export function ticksOf(from: number, to: number, steps: number): readonly number[] {
  return Array.from({ length: steps + 1 }, (_, index) => from + ((to - from) * index) / steps);
}
