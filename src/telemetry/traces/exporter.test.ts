// Spans to collectors that are real servers in this process: OTLP over HTTP and over gRPC, as they are told, and when they are not there.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { fromBinary } from '@bufbuild/protobuf';
import { afterEach, expect, test } from 'vitest';
import { type ExportTraceServiceRequest, ExportTraceServiceRequestSchema } from '#gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js';
import { eventually } from '../../../test/kit/shop.ts';
import { exported, spanId, traceId } from '../../../test/kit/spans.ts';
import { decodeSpans } from '../../envoy/index.ts';
import { spansOutbox } from './exporter.ts';
import { type KeptSpan, keptSpan } from './kept-span.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const sender = { proxy: 'shop/cart-1', identity: 'spiffe://m/ns/shop/sa/cart', service: 'shop/cart', ports: {}, revision: 1 };

function spans(times: number): readonly KeptSpan[] {
  const bytes = exported(
    Array.from({ length: times }, (_, n) => ({
      trace: `t${n}`,
      id: `i${n}`,
      parent: 'p',
      side: 'inbound' as const,
      startMs: NOW,
      ms: 5,
      url: 'http://cart/x?card=zebra',
    })),
  );
  return decodeSpans(bytes).map((span) => keptSpan(span, sender, NOW * 1000));
}

interface Collected {
  readonly requests: ExportTraceServiceRequest[];
  readonly headers: IncomingHttpHeaders[];
}

const portOf = (server: { address(): AddressInfo | string | null }): number => (server.address() as AddressInfo).port;

async function httpCollector(collected: Collected, port = 0): Promise<number> {
  const server = createServer(async (q, r) => {
    const chunks: Buffer[] = [];
    for await (const chunk of q) chunks.push(chunk as Buffer);
    collected.requests.push(fromBinary(ExportTraceServiceRequestSchema, Buffer.concat(chunks)));
    collected.headers.push({ ...q.headers, path: q.url });
    r.end();
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return portOf(server);
}

async function grpcCollector(collected: Collected): Promise<number> {
  const server: Http2Server = createHttp2();
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      collected.requests.push(fromBinary(ExportTraceServiceRequestSchema, Buffer.concat(chunks).subarray(5)));
      collected.headers.push({ ...headers, path: headers[':path'] });
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(5));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return portOf(server);
}

const all = ({ requests }: Collected) =>
  requests.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));

test.each([
  ['http', httpCollector, '/v1/traces'],
  ['grpc', grpcCollector, '/opentelemetry.proto.collector.trace.v1.TraceService/Export'],
] as const)('OTLP over %s: every span once, with its identity and the headers, clean', async (protocol, collector, path) => {
  const collected: Collected = { requests: [], headers: [] };
  const port = await collector(collected);
  const exporter = spansOutbox({ endpoint: `${protocol}://127.0.0.1:${port}`, headers: { 'x-key': 'k' } }, '1.0');
  exporter.add(spans(1300));
  await eventually('all spans', async () => (all(collected).length >= 1300 ? true : undefined));
  await eventually('the count of them', async () => (exporter.view()?.sent === 1300 ? true : undefined));
  expect(exporter.view()).toEqual({ endpoint: `${protocol}://127.0.0.1:${port}`, protocol, sent: 1300, lost: 0, trouble: '' });
  expect(collected.headers.map((headers) => [headers['path'], headers['x-key']])).toEqual(collected.headers.map(() => [path, 'k']));
  const [first] = all(collected);
  expect([Buffer.from(first?.traceId ?? []).toString('hex'), Buffer.from(first?.spanId ?? []).toString('hex')]).toEqual([traceId('t0'), spanId('i0')]);
  const resource = collected.requests[0]?.resourceSpans[0]?.resource?.attributes.map(({ key, value }) => [key, value?.value.value]);
  expect(resource).toContainEqual(['service.name', 'cart']);
  expect(resource).toContainEqual(['service.instance.id', 'shop/cart-1']);
  expect(JSON.stringify(first?.attributes.map(({ value }) => String(value?.value.value)))).not.toContain('zebra');
  await exporter.close();
});

test('without a collector spans wait, within a bound; what is over it is counted, and what waits goes when it is back', async () => {
  const collected: Collected = { requests: [], headers: [] };
  const port = await httpCollector({ requests: [], headers: [] });
  for (const close of closing.splice(0)) close();
  const exporter = spansOutbox({ endpoint: `http://127.0.0.1:${port}` }, '1.0', 1000);
  for (let n = 0; n < 11; n++) exporter.add(spans(100));
  await eventually('trouble', async () => (exporter.view()?.trouble === '' ? undefined : true));
  expect(exporter.view()).toMatchObject({ sent: 0, lost: 100 });
  await httpCollector(collected, port);
  await eventually('what waited', async () => (exporter.view()?.sent === 1000 ? true : undefined), 600);
  expect([all(collected).length, exporter.view()?.trouble]).toEqual([1000, '']);
  await exporter.close();
});
