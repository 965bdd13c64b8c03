// One chart over time (uPlot): lines or bands, with changes as marks under it. The values under the pointer stand in its head, so it needs no legend.
// Dragging over it makes that stretch the time of the whole page.
import { type ReactNode, useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import type { ChangeView } from '../../../src/api/index.ts';
import { clock } from './format.ts';

export interface ChartLine {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** A token: `accent`, `bad`, … */
  readonly colour: string;
  /** Fills down to the line before it. */
  readonly band?: string;
  /** Fills down to the axis. */
  readonly area?: string;
  readonly dash?: boolean;
}

export interface ChartProps {
  readonly title: string;
  /** Epoch ms. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
  /** The axis reaches at least so far, that next to nothing looks like it. */
  readonly least?: number;
  readonly changes?: readonly ChangeView[];
  readonly onRange?: (from: number, to: number) => void;
}

const HEIGHT = 132;

/** A token as it is now. */
function token(element: Element, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

type Built = Pick<ChartProps, 'lines' | 'format' | 'least'>;

function seriesOf(box: Element, lines: readonly ChartLine[]): uPlot.Series[] {
  return lines.map(({ name, colour, area, dash = false }) => ({
    label: name,
    stroke: token(box, colour),
    width: 1.5,
    points: { show: false },
    ...(area === undefined ? {} : { fill: token(box, area) }),
    ...(dash ? { dash: [4, 3] } : {}),
  }));
}

/** Every line with a band fills down to the one before it (uPlot counts the axis as 0). */
function bandsOf(box: Element, lines: readonly ChartLine[]): uPlot.Band[] {
  return lines.flatMap(({ band }, at): uPlot.Band[] => (band === undefined || at === 0 ? [] : [{ series: [at + 1, at], fill: token(box, band) }]));
}

interface Hands {
  readonly over: (at: number | undefined) => void;
  readonly range: (from: number, to: number) => void;
}

function optionsOf(box: HTMLElement, { lines, format, least = 0 }: Built, hands: Hands): uPlot.Options {
  const axis = { stroke: token(box, 'ink-faint'), grid: { stroke: token(box, 'line'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  return {
    width: Math.max(120, box.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    padding: [6, 8, 0, 0],
    cursor: { y: false, points: { size: 5 }, drag: { x: true, y: false, setScale: false }, sync: { key: 'weft' } },
    scales: { x: { time: true }, y: { range: (_plot, _lowest, most) => [0, Math.max(least, most * 1.1) || 1] } },
    axes: [
      { ...axis, size: 22, space: 70, values: (_plot, at) => at.map((each) => clock(each * 1000, Date.now()).replace(/:\d\d$/, '')) },
      { ...axis, size: 62, space: 32, values: (_plot, at) => at.map(format) },
    ],
    series: [{}, ...seriesOf(box, lines)],
    bands: bandsOf(box, lines),
    hooks: {
      setCursor: [({ cursor }) => hands.over(cursor.idx ?? undefined)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width > 4) hands.range(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000);
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        },
      ],
    },
  };
}

const dataOf = ({ times, lines }: ChartProps): uPlot.AlignedData => [times.map((at) => at / 1000), ...lines.map(({ values }) => [...values])];

/** Draws into a box, again when its width, the lines or the theme change, and only new numbers otherwise. */
function usePlot(props: ChartProps): { readonly box: React.RefObject<HTMLDivElement | null>; readonly at: number | undefined } {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const now = useRef(props);
  now.current = props;
  const [at, setAt] = useState<number>();
  const shape = props.lines.map(({ name }) => `${name};`).join('');
  // drawn anew when there are other lines; the newest props are read when it happens
  useEffect(() => {
    const element = box.current;
    if (element === null || shape === '') return;
    const build = (): void => {
      plot.current?.destroy();
      const hands = { over: setAt, range: (from: number, to: number) => now.current.onRange?.(from, to) };
      plot.current = new uPlot(optionsOf(element, now.current, hands), dataOf(now.current), element);
    };
    build();
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(120, element.clientWidth), height: HEIGHT }));
    sizes.observe(element);
    addEventListener('weft-theme', build);
    return () => {
      sizes.disconnect();
      removeEventListener('weft-theme', build);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(dataOf(now.current)), [props.times, props.lines]);
  return { box, at };
}

function Marks({ changes, times }: { readonly changes: readonly ChangeView[]; readonly times: readonly number[] }): ReactNode {
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0];
  const shown = changes.map((change) => ({ change, at: Date.parse(change.at) })).filter(({ at }) => at >= from && at <= to);
  return shown.map(({ change, at }) => {
    const words = `${clock(at, Date.now())} ${change.who} ${change.verb}d ${change.what.kind} ${change.what.name} ${change.summary}`;
    return <i key={change.seq} className="chart-mark" style={{ left: `${((at - from) / (to - from)) * 100}%` }} title={words} />;
  });
}

export function Chart(props: ChartProps): ReactNode {
  const { title, times, lines, format, changes = [] } = props;
  const { box, at } = usePlot(props);
  const shown = at ?? times.length - 1;
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong>
        {lines.map(({ name, values, colour }) => {
          const value = values[shown];
          return (
            <span key={name} className="mono">
              {lines.length === 1 ? null : <i className="chart-key" style={{ background: `var(--${colour})` }} aria-hidden="true" />}
              {name} {value === null || value === undefined ? '–' : format(value)}
            </span>
          );
        })}
      </figcaption>
      {at === undefined ? null : <span className="mono faint chart-when">{clock(times[at] ?? 0, Date.now())}</span>}
      <div ref={box} className="chart-box" role="img" aria-label={`${title} over time`} />
      <div className="chart-marks">
        <Marks changes={changes} times={times} />
      </div>
    </figure>
  );
}
