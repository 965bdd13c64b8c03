// Metrics as Prometheus reads them (text format 0.0.4). Names and labels are ours; values of labels may be anything, so they are escaped.
import { byCodeUnit } from './canonical-json.ts';
import type { Histogram } from './histogram.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

interface Named {
  readonly name: string;
  readonly help: string;
}

/** All series of one name. */
export type Family =
  | (Named & { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] })
  | (Named & { readonly type: 'histogram'; readonly series: readonly { readonly labels?: Labels; readonly histogram: Histogram; readonly scale?: number }[] });

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const escaped = (text: string): string => text.replace(/[\\\n"]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => byCodeUnit(a, b));
  return pairs.length === 0 ? '' : `{${pairs.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** A number without the dust of its binary form: 0.005, not 0.005000000000000001. */
const clean = (value: number): number => Number(value.toPrecision(12));

/** `scale` turns what was observed into what is shown: 0.001 for milliseconds shown as seconds. */
function* histogramLines(
  name: string,
  histogram: Histogram,
  { labels = {}, scale = 1 }: { readonly labels?: Labels; readonly scale?: number },
): Generator<string> {
  const counts = histogram.cumulative();
  for (const [at, bound] of histogram.bounds.entries()) yield `${name}_bucket${labelText({ ...labels, le: String(clean(bound * scale)) })} ${counts[at] ?? 0}`;
  yield `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${histogram.count}`;
  yield `${name}_sum${labelText(labels)} ${numberText(clean(histogram.sum * scale))}`;
  yield `${name}_count${labelText(labels)} ${histogram.count}`;
}

function* familyLines(family: Family): Generator<string> {
  yield `# HELP ${family.name} ${family.help.replace(/[\\\n]/g, (found) => (found === '\n' ? '\\n' : '\\\\'))}`;
  yield `# TYPE ${family.name} ${family.type}`;
  if (family.type === 'histogram') for (const { histogram, ...rest } of family.series) yield* histogramLines(family.name, histogram, rest);
  else for (const { labels = {}, value } of family.samples) yield `${family.name}${labelText(labels)} ${numberText(value)}`;
}

/** A page of families; those without a series are left out. */
export function expositionText(families: readonly Family[]): string {
  const lines = families.flatMap((family) => ((family.type === 'histogram' ? family.series : family.samples).length === 0 ? [] : [...familyLines(family)]));
  return `${lines.join('\n')}\n`;
}
