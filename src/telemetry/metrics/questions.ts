// Questions to the meter: windows into stretches of files, rows into sums, sums into answers.
import type { EdgesView, MetricsKeptView, MetricsQuery, MetricsWindow, SeriesQuery, SeriesView, SpentQuery, SpentView, StatView } from '../../api/index.ts';
import { edgesOf, spentOf, statOf } from './answers.ts';
import type { Counted } from './golden.ts';
import { labelsFromText } from './labels.ts';
import { cover, finestFor, LEVELS, type Stretch } from './levels.ts';
import { Chart } from './lines.ts';
import type { Meter } from './meter.ts';
import { Sums } from './sums.ts';

const STEP_S = LEVELS[0].stepS;
const STEPS = 120;
const NICE_S: readonly number[] = [10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

interface Stretches {
  readonly from: number;
  readonly to: number;
  readonly stretches: readonly Stretch[];
  /** What is not on disk yet is part of it. */
  readonly open: boolean;
}

function stretchesOf(meter: Meter, query: { readonly since: number; readonly until: number }, coarsest = LEVELS.length - 1): Stretches {
  const from = Math.floor(query.since / 1000 / STEP_S) * STEP_S;
  const to = (Math.floor(query.until / 1000 / STEP_S) + 1) * STEP_S;
  const stretches = cover(from, Math.min(to, meter.open), meter.archive.reaches, coarsest);
  return { from: Math.min(from, stretches[0]?.from ?? from), to, stretches, open: to > meter.open && from <= meter.open };
}

function windowOf({ from, to, stretches }: Stretches): MetricsWindow {
  const resolution = Math.max(STEP_S, LEVELS[stretches[0]?.level ?? 0]?.stepS ?? STEP_S);
  return { since: new Date(from * 1000).toISOString(), until: new Date(to * 1000).toISOString(), resolutionMs: resolution * 1000, source: 'store' };
}

/** Sums of a window by labels. */
function countedOf(meter: Meter, { stretches, open }: Stretches, service?: string): readonly Counted[] {
  const found = new Map<string, Sums>();
  const sumsOf = (text: string): Sums => {
    const known = found.get(text);
    if (known !== undefined) return known;
    const made = new Sums();
    found.set(text, made);
    return made;
  };
  for (const stretch of stretches)
    meter.archive.each({ ...stretch, service }, (text) => {
      const sums = sumsOf(text);
      return { weight: 1, into: () => sums };
    });
  if (open)
    for (const { text, step, service: own } of meter.series.values())
      if (step !== undefined && (service === undefined || own === service)) sumsOf(text).add(step);
  return [...found].map(([text, sums]) => ({ text, labels: labelsFromText(text), sums }));
}

/** Of the window, how long there has been anything to count. */
function secondsOf(meter: Meter, { from, to }: Stretches): number {
  const { reaches } = meter.archive;
  // coarse steps begin before there was anything: a young mesh would have less per second than it has
  const known = reaches[finestFor(reaches, 0)];
  const first = known === undefined || known.until === 0 ? meter.open : known.first;
  const until = Math.min(to, Math.max(meter.now / 1000, from + 1));
  return Math.max(1, until - Math.max(from, first));
}

export function stat(meter: Meter, query: MetricsQuery): StatView {
  const stretches = stretchesOf(meter, query);
  return statOf(countedOf(meter, stretches), windowOf(stretches), { namespace: query.namespace, seconds: secondsOf(meter, stretches) });
}

/** What one service did to its objective in a window. */
export function spent(meter: Meter, { service, slowMs, ...window }: SpentQuery): SpentView {
  return spentOf(countedOf(meter, stretchesOf(meter, window), service), slowMs);
}

export function edges(meter: Meter, query: MetricsQuery): EdgesView {
  const stretches = stretchesOf(meter, query);
  return edgesOf(countedOf(meter, stretches), windowOf(stretches), { namespace: query.namespace, seconds: secondsOf(meter, stretches) });
}

/** A whole number of steps of what is kept for so long ago. */
function stepOf(meter: Meter, { since, until, stepMs }: SeriesQuery): number {
  const wanted = stepMs > 0 ? stepMs / 1000 : (until - since) / 1000 / STEPS;
  const nice = stepMs > 0 ? Math.ceil(wanted / STEP_S) * STEP_S : (NICE_S.find((each) => each >= wanted) ?? 86_400);
  const oldest = (LEVELS[finestFor(meter.archive.reaches, since / 1000)] ?? LEVELS[0]).stepS;
  return Math.ceil(nice / oldest) * oldest;
}

export function series(meter: Meter, query: SeriesQuery): SeriesView {
  const step = stepOf(meter, query);
  const aligned = { since: Math.floor(query.since / 1000 / step) * step * 1000, until: query.until };
  const coarsest = LEVELS.findLastIndex(({ stepS }) => step % stepS === 0);
  const service = query.service === '' ? undefined : query.service;
  const stretches = stretchesOf(meter, aligned, coarsest);
  const counted = countedOf(meter, stretchesOf(meter, aligned), service);
  const begin = aligned.since / 1000;
  const times = Array.from({ length: Math.ceil((stretches.to - begin) / step) }, (_, at) => (begin + at * step) * 1000);
  const chart = new Chart({ counted, namespace: query.namespace, by: query.by, steps: times.length });
  const indexOf = (moment: number): number => Math.floor((moment - begin) / step);
  for (const stretch of stretches.stretches) meter.archive.each({ ...stretch, service }, (text) => chart.shareOf(text, indexOf));
  if (stretches.open)
    for (const { text, step: open, service: own } of meter.series.values())
      if (open !== undefined && (service === undefined || own === service)) chart.add(text, indexOf(meter.open), open);
  const window = { ...windowOf(stretches), since: new Date(aligned.since).toISOString() };
  return { ...window, service: query.service, by: query.by, stepMs: step * 1000, times, lines: chart.lines() };
}

export function kept(meter: Meter): Omit<MetricsKeptView, 'source' | 'budgetBytes' | 'lost'> & { readonly lost: Meter['lost'] } {
  const levels = meter.archive.kept();
  return {
    bytes: levels.reduce((sum, { bytes }) => sum + bytes, 0),
    levels,
    series: meter.series.kept(),
    points: meter.points,
    proxies: meter.processes,
    lost: { ...meter.lost },
    undelivered: meter.undelivered.view(),
  };
}
