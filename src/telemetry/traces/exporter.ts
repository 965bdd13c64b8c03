// Spans to a collector that the user runs (Jaeger, Tempo, an OpenTelemetry Collector), beside what is kept here. They are sent as they are kept: clean, with
// the identity that the proxy's token says. What waits is bounded; what could not be sent after some tries is counted as lost.
import type { SpanExportView } from '../../api/index.ts';
import { encodeSpans, type SentSpan, type SentSpans } from '../../envoy/index.ts';
import { openBytesClient } from '../../wire/index.ts';
import type { ExportTarget } from './export-target.ts';
import type { KeptSpan } from './kept-span.ts';

const BATCH = 512;
const MOST_WAITING = 20_000;
const FLUSH_MS = 1000;
const DEADLINE_MS = 10_000;
const CLOSE_MS = 2000;
const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

export interface Exporter {
  add(spans: readonly KeptSpan[]): void;
  view(): SpanExportView;
  /** Sends what waits, for a moment. */
  close(): Promise<void>;
}

type Send = (bytes: Uint8Array) => Promise<void>;

function attributesOf(span: KeptSpan): SentSpan['attributes'] {
  const { method, path, host, status, grpcStatus, request, route, cause, reason, policy, upstream, peer, flags, attempts, proxyUs, side, attributes } = span;
  return {
    'http.request.method': method,
    'url.path': path,
    'server.address': host,
    ...(status === 0 ? {} : { 'http.response.status_code': status }),
    'rpc.grpc.status_code': grpcStatus,
    'weft.side': side,
    'weft.request_id': request,
    'weft.route': route,
    'weft.cause': cause,
    'weft.reason': reason,
    'weft.policy': policy,
    'weft.flags': flags.join(','),
    'network.peer.address': upstream,
    'peer.service': peer,
    ...(attempts > 1 ? { 'http.request.resend_count': attempts - 1 } : {}),
    ...(proxyUs < 0 ? {} : { 'weft.proxy_us': proxyUs }),
    ...attributes,
  };
}

/** Spans by the workload that they are of. */
export function batchOf(spans: readonly KeptSpan[]): readonly SentSpans[] {
  return [...Map.groupBy(spans, ({ workload }) => workload).values()].map((own) => {
    const [first] = own;
    const name = first?.service.split('/')[1] || first?.workload.split('/')[1] || 'unknown';
    const resource = {
      'service.name': name,
      'service.namespace': first?.namespace ?? '',
      'service.instance.id': first?.workload ?? '',
      'telemetry.sdk.name': 'weft',
    };
    return { resource, spans: own.map((span) => ({ ...span, attributes: attributesOf(span) })) };
  });
}

function overHttp(endpoint: string, headers: Readonly<Record<string, string>>): Send {
  return async (bytes) => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...headers },
      body: Buffer.from(bytes),
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${endpoint} answers ${answer.status}`);
  };
}

/** A URL without a path is that of a collector as a whole (OTLP exporter specification). */
function sender({ endpoint, headers = {} }: ExportTarget): { readonly protocol: 'grpc' | 'http'; readonly send: Send; readonly close: () => void } {
  const url = new URL(endpoint);
  if (url.protocol.startsWith('grpc')) {
    const client = openBytesClient({ address: url.host, tls: url.protocol === 'grpcs:', headers });
    return { protocol: 'grpc', send: async (bytes) => void (await client.call(PATH, bytes, DEADLINE_MS)), close: () => client.close() };
  }
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return { protocol: 'http', send: overHttp(url.href, headers), close: () => undefined };
}

const wordsOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return error instanceof Error ? `${error.message}${cause}` : String(error);
};

export function openExporter(target: ExportTarget, version: string, mostWaiting = MOST_WAITING): Exporter {
  const { protocol, send, close } = sender(target);
  let waiting: KeptSpan[] = [];
  let sent = 0;
  let lost = 0;
  let trouble = '';
  let sending: Promise<void> | undefined;

  /** A batch that is not taken waits for the next turn: what is new pushes it out. */
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      try {
        await send(encodeSpans(batchOf(batch), version));
        sent += batch.length;
        trouble = '';
      } catch (error) {
        trouble = wordsOf(error);
        waiting = [...batch, ...waiting];
        return bound();
      }
    }
  };
  const bound = (): void => {
    const over = Math.max(0, waiting.length - mostWaiting);
    lost += over;
    waiting = waiting.slice(over);
  };
  const turn = (): Promise<void> => {
    sending ??= flush().finally(() => {
      sending = undefined;
    });
    return sending;
  };
  const timer = setInterval(() => void turn(), FLUSH_MS).unref();
  return {
    add: (spans) => {
      waiting.push(...spans);
      bound();
      if (waiting.length >= BATCH && trouble === '') void turn();
    },
    view: () => ({ endpoint: target.endpoint.replace(/\/\/[^/@]*@/, '//'), protocol, sent, lost, trouble }),
    close: async () => {
      clearInterval(timer);
      await Promise.race([turn(), new Promise((done) => setTimeout(done, CLOSE_MS).unref())]);
      close();
    },
  };
}
