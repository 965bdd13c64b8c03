// How many entries or spans a message has, without reading them: what a proxy says that it sent is compared with what has come.
import { WIRE, WireCursor } from './otlp-wire.ts';

/** Counts what stands at the end of a path of fields; bytes that are no message have what was found up to there. */
function countAt(bytes: Uint8Array, paths: readonly (readonly number[])[]): number {
  const cursor = new WireCursor(bytes);
  let found = 0;
  const within = (end: number, path: readonly number[], depth: number): void =>
    cursor.fields(end, (field, wire) => {
      if (field !== path[depth] || wire !== WIRE.length) return;
      if (depth === path.length - 1) found++;
      else within(cursor.enter(), path, depth + 1);
    });
  try {
    for (const path of paths) {
      cursor.at = 0;
      within(bytes.byteLength, path, 0);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}

/** Of a StreamAccessLogsMessage: `http_logs` 2 and `tcp_logs` 3, in each `log_entry` 1. */
export const countLogEntries = (bytes: Uint8Array): number =>
  countAt(bytes, [
    [2, 1],
    [3, 1],
  ]);

/** Of an ExportTraceServiceRequest: `resource_spans` 1, `scope_spans` 2, `spans` 2. */
export const countSpans = (bytes: Uint8Array): number => countAt(bytes, [[1, 2, 2]]);
