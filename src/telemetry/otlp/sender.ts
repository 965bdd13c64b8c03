// One message to a collector, by HTTP or by gRPC as its address says. https://opentelemetry.io/docs/specs/otlp/
import { openBytesClient, postBytes } from '../../wire/index.ts';
import type { ExportTarget } from './target.ts';

export type Signal = 'traces' | 'metrics' | 'logs';

const SERVICES: Readonly<Record<Signal, string>> = { traces: 'trace.v1.TraceService', metrics: 'metrics.v1.MetricsService', logs: 'logs.v1.LogsService' };
const DEADLINE_MS = 10_000;

export interface OtlpSender {
  readonly protocol: 'grpc' | 'http';
  /** Without user and password. */
  readonly endpoint: string;
  /** Rejects with the collector's words, or with why it was not reached. */
  send(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** Connects with the first message. A URL without a path is that of a collector as a whole (OTLP exporter specification). */
export function openOtlpSender(signal: Signal, { endpoint, headers = {}, tls }: ExportTarget): OtlpSender {
  const url = new URL(endpoint);
  const shown = endpoint.replace(/\/\/[^/@]*@/, '//');
  if (url.protocol.startsWith('grpc')) {
    const client = openBytesClient({ address: url.host, tls: url.protocol === 'grpcs:' ? (tls ?? true) : false, headers });
    const path = `/opentelemetry.proto.collector.${SERVICES[signal]}/Export`;
    return { protocol: 'grpc', endpoint: shown, send: async (bytes) => void (await client.call(path, bytes, DEADLINE_MS)), close: () => client.close() };
  }
  if (url.pathname === '/') url.pathname = `/v1/${signal}`;
  const type = 'application/x-protobuf';
  const send = (bytes: Uint8Array) => postBytes({ url, headers: { 'content-type': type, ...headers }, tls, bytes, deadlineMs: DEADLINE_MS });
  return { protocol: 'http', endpoint: shown, send, close: () => undefined };
}

/** Why something was not taken, in words. */
export function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return error instanceof Error ? `${error.message}${cause}` : String(error);
}
