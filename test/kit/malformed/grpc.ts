// Calls that are right as HTTP/2 and gRPC, whose messages are not: as many as a connection bears.
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { DeltaDiscoveryRequestSchema } from '#gen/envoy/service/discovery/v3/discovery_pb.js';
import { metricsMessage, sourceTags } from '../otlp-metrics.ts';
import { mutated, pick, some } from './bytes.ts';
import type { Kind, Outcome, Target } from './sender.ts';

const MACHINES = '/weft.machine.v1.Machines';
const ADS = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
const LOGS = '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs';
const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
const SPANS = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

const node = { id: 'bench/hostile', cluster: 'hostile' };
const typeUrl = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const discovery = toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { node, typeUrl, resourceNamesSubscribe: ['a', '*'] }));
const metrics = (): Uint8Array => metricsMessage(Date.now(), 10, [{ tags: sourceTags('checkout', '200'), requests: 3 }]);
const json = Buffer.from('{"token":"eyJhbGciOiJFUzI1NiJ9.e30.AA","service":"web","ports":[{"name":"http","port":8080}],"labels":{}}');

const SEEDS: readonly [readonly [string, () => Uint8Array], ...(readonly [string, () => Uint8Array])[]] = [
  [ADS, () => discovery],
  [LOGS, () => discovery],
  [METRICS, metrics],
  [SPANS, metrics],
  [`${MACHINES}/Join`, () => json],
  [`${MACHINES}/Renew`, () => json],
  [`${MACHINES}/Nothing`, () => json],
];

/** A gRPC message (5 bytes before it) that is wrong in its head, its body, or both. */
function message(seed: Uint8Array): Buffer {
  const body = Math.random() < 0.2 ? some(500) : mutated(seed);
  const head = Buffer.alloc(5);
  head[0] = Math.random() < 0.9 ? 0 : Math.random() * 256;
  head.writeUInt32BE(Math.random() < 0.8 ? body.length : Math.floor(Math.random() * 2 ** 32), 1);
  return Buffer.concat([head, body]);
}

const PATIENCE_MS = 1_000;

async function call(session: ClientHttp2Session, { proxyToken }: Target): Promise<Outcome> {
  if (session.destroyed || session.closed) return 'unsent';
  const [path, seed] = pick(SEEDS);
  const authorization = Math.random() < 0.3 ? 'Bearer x' : `Bearer ${proxyToken}`;
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', authorization });
  let answered = false;
  let late = false;
  stream
    .on('error', () => undefined)
    .once('response', () => {
      answered = true;
    });
  stream.resume();
  const { promise: over, resolve } = Promise.withResolvers<void>();
  stream.once('close', resolve);
  // What waits for a stream that the session has no room for any more is told nothing.
  session.once('close', resolve);
  const timer = setTimeout(() => {
    late = true;
    stream.destroy();
    resolve();
  }, PATIENCE_MS);
  stream.end(message(seed()));
  await over;
  session.removeListener('close', resolve);
  clearTimeout(timer);
  return answered ? 'answered' : late ? 'left' : 'closed';
}

/** Many calls on one connection. */
export const grpc = (weight: number): Kind => ({
  weight,
  batch: 100,
  send: async (target, count, tally) => {
    const session = connect(`https://127.0.0.1:${target.xds}`, { rejectUnauthorized: false })
      .on('error', () => undefined)
      .setMaxListeners(0);
    await Promise.race([once(session, 'connect'), once(session, 'close')]).catch(() => undefined);
    for (const outcome of await Promise.all(Array.from({ length: count }, () => call(session, target)))) tally[outcome]++;
    session.destroy();
  },
});
