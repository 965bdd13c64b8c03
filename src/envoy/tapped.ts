// Entries of the logs of tapped requests: what records have, and what only who looks on wants to know.
import { fromBinary } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import type { HTTPAccessLogEntry } from '#gen/envoy/data/accesslog/v3/accesslog_pb.js';
import { StreamAccessLogsMessageSchema } from '#gen/envoy/service/accesslog/v3/als_pb.js';
import { type LoggedRequest, requestOf } from './logged.ts';

export interface TappedRequest extends LoggedRequest {
  readonly scheme: string;
  /** From the first byte sent upstream to the last one that came back; undefined: nobody was asked. */
  readonly upstreamTookMs: number | undefined;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
}

const ms = (value: Duration): number => Number(value.seconds) * 1000 + value.nanos / 1e6;
const schemeOf = (text: string): string => (text === 'http' || text === 'https' ? text : '');

function tappedOf(entry: HTTPAccessLogEntry): readonly TappedRequest[] {
  const { timeToFirstUpstreamTxByte: sent, timeToLastUpstreamRxByte: done } = entry.commonProperties ?? {};
  return requestOf(entry).map((request) => ({
    ...request,
    scheme: schemeOf(entry.request?.scheme ?? ''),
    upstreamTookMs: sent === undefined || done === undefined ? undefined : Math.max(0, ms(done) - ms(sent)),
    requestHeaders: entry.request?.requestHeaders ?? {},
    responseHeaders: { ...entry.response?.responseHeaders, ...entry.response?.responseTrailers },
  }));
}

/** Requests of one message of a stream. Throws on bytes that are none. */
export function decodeTapped(bytes: Uint8Array): readonly TappedRequest[] {
  const { logEntries } = fromBinary(StreamAccessLogsMessageSchema, bytes);
  return logEntries.case === 'httpLogs' ? logEntries.value.logEntry.flatMap(tappedOf) : [];
}
