// Streams of HTTP/2 for proxies and machines: calls that are right as HTTP/2 and gRPC, whose messages are not; and streams that are wrong by their headers.
import { create, toBinary } from '@bufbuild/protobuf';
import { DeltaDiscoveryRequestSchema } from '#gen/envoy/service/discovery/v3/discovery_pb.js';
import { metricsMessage, sourceTags } from '../otlp-metrics.ts';
import { mutated, pick, some } from './bytes.ts';
import { FLAG, FRAME, frameOf, headerBlock } from './h2-frames.ts';
import { streams } from './h2-session.ts';
import type { Kind, Target } from './sender.ts';

const MACHINES = '/weft.machine.v1.Machines';
const ADS = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
const LOGS = '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs';
const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
const SPANS = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

const node = { id: 'bench/hostile', cluster: 'hostile' };
const typeUrl = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const discovery = toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { node, typeUrl, resourceNamesSubscribe: ['a', '*'] }));
const metrics = metricsMessage(Date.now(), 10, [{ tags: sourceTags('checkout', '200'), requests: 3 }]);
const json = Buffer.from('{"token":"eyJhbGciOiJFUzI1NiJ9.e30.AA","service":"web","ports":[{"name":"http","port":8080}],"labels":{}}');

const SEEDS: readonly [readonly [string, Uint8Array], ...(readonly [string, Uint8Array])[]] = [
  [ADS, discovery],
  [LOGS, discovery],
  [METRICS, metrics],
  [SPANS, metrics],
  [`${MACHINES}/Join`, json],
  [`${MACHINES}/Renew`, json],
  [`${MACHINES}/Nothing`, json],
];

/** A gRPC message (5 bytes before it) that is wrong in its head, its body, or both. */
function message(seed: Uint8Array): Buffer {
  const body = Math.random() < 0.2 ? some(500) : mutated(seed);
  const head = Buffer.alloc(5);
  head[0] = Math.random() < 0.9 ? 0 : Math.random() * 256;
  head.writeUInt32BE(Math.random() < 0.8 ? body.length : Math.floor(Math.random() * 2 ** 32), 1);
  return Buffer.concat([head, body]);
}

type Header = readonly [string, string];

const callHeaders = (path: string, token: string): readonly Header[] => [
  [':method', 'POST'],
  [':scheme', 'https'],
  [':authority', 'localhost'],
  [':path', path],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
  ['authorization', `Bearer ${token}`],
];

/** As many at once as the server allows would leave none for what it has not forgotten yet. */
const DEPTH = 64;
const BATCH = 500;

/** Most of them with a proxy's token, if there is one. */
export const grpc = (weight: number): Kind => ({
  weight,
  batch: BATCH,
  atOnce: 3,
  send: ({ xds, proxyToken }: Target, count, tally) => {
    const blocks = new Map<string, readonly [Buffer, Buffer]>(
      SEEDS.map(([path]) => [path, [headerBlock(callHeaders(path, 'x')), headerBlock(callHeaders(path, proxyToken === '' ? 'y' : proxyToken))]]),
    );
    const make = (stream: number): readonly Buffer[] => {
      const [path, seed] = pick(SEEDS);
      const block = blocks.get(path)?.[Math.random() < 0.3 ? 0 : 1] ?? Buffer.alloc(0);
      return [frameOf(FRAME.headers, FLAG.endHeaders, stream, block), frameOf(FRAME.data, FLAG.endStream, stream, message(seed))];
    };
    return streams({ port: xds, depth: DEPTH, make }, count, tally);
  },
});

const SPOILT: readonly [(headers: readonly Header[]) => readonly Header[], ...((headers: readonly Header[]) => readonly Header[])[]] = [
  (headers) => headers.filter(([name]) => name !== ':path'),
  (headers) => [...headers, [':path', '/second']],
  (headers) => [...headers, ['Upper', 'case']],
  (headers) => [...headers, ['connection', 'keep-alive']],
  (headers) => [...headers, ['transfer-encoding', 'chunked']],
  (headers) => [...headers, ['a', `b${String.fromCharCode(Math.floor(Math.random() * 32))}c`]],
  (headers) => headers.map(([name, value]) => [name, mutated(Buffer.from(value)).toString('latin1')]),
  (headers) => headers.map(([name, value]) => (name === ':method' ? [name, pick(['GET', 'CONNECT', 'x'])] : [name, value])),
  (headers) => headers.map(([name, value]) => (name === 'content-type' ? [name, pick(['text/plain', 'application/grpc+x', ''])] : [name, value])),
  (headers) => [...headers, ['grpc-timeout', pick(['99999999999H', '-1S', 'x', ''])]],
  (headers) => [...headers, ['grpc-encoding', pick(['gzip', 'identity,gzip', 'x'])]],
  (headers) => [...headers, ['x', 'y'.repeat(5_000)]],
  (headers) => [...headers, ['content-length', pick(['0', '-1', '99999999999999999999'])]],
];

/** Streams that are wrong by their headers: the connection lives on, or is ended by what HTTP/2 does not bear. */
export const headed = (weight: number): Kind => ({
  weight,
  batch: BATCH,
  atOnce: 2,
  send: ({ xds, proxyToken }: Target, count, tally) => {
    const make = (stream: number): readonly Buffer[] => {
      const block = headerBlock(pick(SPOILT)(callHeaders(pick(SEEDS)[0], proxyToken === '' ? 'y' : proxyToken)));
      return [frameOf(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, block)];
    };
    return streams({ port: xds, depth: DEPTH, make }, count, tally);
  },
});
