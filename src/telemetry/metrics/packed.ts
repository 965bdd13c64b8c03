// How sums are kept in a file: one row holds all series of one service in one step of time, a few bytes each.
import { ByteReader, type ByteWriter } from './bytes.ts';
import type { Mark } from './follow.ts';
import { BUCKETS, SUM_NAMES, type Sums } from './sums.ts';

const DURATIONS = 1 << SUM_NAMES.length;

/** One series under its number in the file. */
export function packSums(out: ByteWriter, id: number, sums: Sums): void {
  const values = SUM_NAMES.map((name) => Math.round(sums[name]));
  let mask = sums.buckets === undefined ? 0 : DURATIONS;
  for (const [at, value] of values.entries()) if (value !== 0) mask |= 1 << at;
  out.number(id);
  out.number(mask);
  for (const value of values) if (value !== 0) out.number(value);
  if (sums.buckets === undefined) return;
  out.number(Math.round(sums.durationMs));
  const filled: number[] = [];
  for (let at = 0; at < BUCKETS; at++) if ((sums.buckets[at] ?? 0) !== 0) filled.push(at);
  out.number(filled.length);
  for (const at of filled) {
    out.number(at);
    // Envoy interpolates: what is below a bound may grow by one less than what is below the one before
    out.signed(Math.round(sums.buckets[at] ?? 0));
  }
}

/** Adds what a row holds to what `into` gives for each number of a series (undefined: not wanted). Throws RangeError on what is no row. */
export function addPacked(bytes: Uint8Array, into: (id: number) => Sums | undefined, weight: (id: number) => number = () => 1): void {
  const row = new ByteReader(bytes);
  while (!row.done) {
    const id = row.number();
    const target = into(id);
    const by = target === undefined ? 0 : weight(id);
    const mask = row.number();
    for (let at = 0; at < SUM_NAMES.length; at++) {
      if ((mask & (1 << at)) === 0) continue;
      const value = row.number();
      const name = SUM_NAMES[at];
      if (target !== undefined && name !== undefined) target[name] += value * by;
    }
    if ((mask & DURATIONS) !== 0) addDurations(row, target, by);
  }
}

function addDurations(row: ByteReader, target: Sums | undefined, weight: number): void {
  const sum = row.number();
  const buckets = target?.durations();
  if (target !== undefined) target.durationMs += sum * weight;
  for (let left = row.number(); left > 0; left--) {
    const at = row.number();
    const count = row.signed();
    if (buckets !== undefined && at < BUCKETS) buckets[at] = (buckets[at] ?? 0) + count * weight;
  }
}

export function packMarks(out: ByteWriter, marks: ReadonlyMap<number, Mark>): Uint8Array {
  for (const [key, { metric, count, sum, counts }] of marks) {
    if (count < 0) continue;
    out.double(key);
    out.number(metric);
    out.number(Math.round(count));
    out.number(counts === undefined ? 0 : counts.length + 1);
    if (counts === undefined) continue;
    out.double(sum);
    for (const each of counts) out.number(Math.max(0, Math.round(each)));
  }
  return out.take();
}

export function unpackMarks(bytes: Uint8Array): ReadonlyMap<number, Mark> {
  const found = new Map<number, Mark>();
  const row = new ByteReader(bytes);
  while (!row.done) {
    const key = row.double();
    const [metric, count, more] = [row.number(), row.number(), row.number()];
    const sum = more === 0 ? 0 : row.double();
    const counts = more === 0 ? undefined : new Float64Array(more - 1);
    for (let at = 0; counts !== undefined && at < counts.length; at++) counts[at] = row.number();
    found.set(key, { metric, count, sum, counts });
  }
  return found;
}
