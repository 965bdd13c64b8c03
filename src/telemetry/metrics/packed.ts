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

/** Of one series: how much of it counts, and to what it is added at a moment. */
export interface Share {
  readonly weight: number;
  readonly into: (at: number) => Sums;
}

/** Adds what a row of a moment holds to what `shareOf` says of each number of a series (undefined: not wanted). Throws RangeError on what is no row. */
export function addPacked(bytes: Uint8Array, at: number, shareOf: (id: number) => Share | undefined): void {
  const row = new ByteReader(bytes);
  while (!row.done) {
    const share = shareOf(row.number());
    const mask = row.number();
    if (share === undefined) skip(row, mask);
    else addValues(row, mask, share.into(at), share.weight);
  }
}

function skip(row: ByteReader, mask: number): void {
  for (let rest = mask & (DURATIONS - 1); rest !== 0; rest &= rest - 1) row.number();
  if ((mask & DURATIONS) === 0) return;
  row.number();
  for (let left = row.number(); left > 0; left--) {
    row.number();
    row.number();
  }
}

/** One place for each name, in the order of SUM_NAMES: by a name in a variable it takes three times as long. */
function addValues(row: ByteReader, mask: number, to: Sums, by: number): void {
  if ((mask & 0x001) !== 0) to.requests += row.number() * by;
  if ((mask & 0x002) !== 0) to.requestBytes += row.number() * by;
  if ((mask & 0x004) !== 0) to.responseBytes += row.number() * by;
  if ((mask & 0x008) !== 0) to.requestMessages += row.number() * by;
  if ((mask & 0x010) !== 0) to.responseMessages += row.number() * by;
  if ((mask & 0x020) !== 0) to.receivedBytes += row.number() * by;
  if ((mask & 0x040) !== 0) to.sentBytes += row.number() * by;
  if ((mask & 0x080) !== 0) to.opened += row.number() * by;
  if ((mask & 0x100) !== 0) to.closed += row.number() * by;
  if ((mask & 0x200) !== 0) to.refusals += row.number() * by;
  if ((mask & 0x400) !== 0) to.sized += row.number() * by;
  if ((mask & DURATIONS) === 0) return;
  to.durationMs += row.number() * by;
  const buckets = to.durations();
  for (let left = row.number(); left > 0; left--) {
    const at = row.number();
    const count = row.signed() * by;
    if (at < BUCKETS) buckets[at] = (buckets[at] ?? 0) + count;
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
