// Series as the API gives them, made fit to be drawn. Pure.
import type { SeriesLine, SeriesView } from '../../../src/api/index.ts';

function cut(line: SeriesLine, length: number): SeriesLine {
  const parts = Object.entries(line).map(([name, value]) => [name, Array.isArray(value) ? value.slice(0, length) : value]);
  return Object.fromEntries(parts) as SeriesLine;
}

/** Without the step that has not ended: it would look as if everything had just gone down. `now` in epoch ms. */
export function wholeSteps(series: SeriesView, now: number): SeriesView {
  const { times, stepMs, lines } = series;
  const length = times.filter((at) => at + stepMs <= now).length;
  return length === times.length ? series : { ...series, times: times.slice(0, length), lines: lines.map((line) => cut(line, length)) };
}
