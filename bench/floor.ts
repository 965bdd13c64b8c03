// What a change of a route table costs without Weft: the same bytes, given to a stock Envoy by a server that does nothing but
// write them to its stream.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type handleBidiStreamingCall, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { DeltaDiscoveryRequestSchema, DeltaDiscoveryResponseSchema, TYPE_URLS } from '../src/envoy/index.ts';
import { RunningEnvoy } from '../test/kit/envoy.ts';
import { freePort, type TestMesh } from '../test/kit/test-mesh.ts';
import { probe, startProber } from './probe.ts';
import { percentile } from './statistics.ts';

export interface RouteTable {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface FloorResult {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface FloorOptions {
  /** Two forms of one table, whose route for `path` sets `x-mark` to the two marks. */
  readonly forms: readonly [RouteTable, RouteTable];
  readonly marks: readonly [string, string];
  /** The cluster it sends to. */
  readonly cluster: string;
  readonly path: string;
  readonly changes: number;
}

/** Source of an application that answers everything with 200. */
export function serverOn(port: number): string {
  return `require('http').createServer((q,s)=>s.end('ok')).listen(${port},'127.0.0.1')`;
}

type Stream = ServerDuplexStream<Buffer, Buffer>;

/** An ADS server for one Envoy and one route table. */
class TrivialServer {
  readonly #server = new Server();
  #stream: Stream | undefined;
  #version = 0;
  #table: RouteTable;

  constructor(table: RouteTable) {
    this.#table = table;
    const handler: handleBidiStreamingCall<Buffer, Buffer> = (stream) => this.#serve(stream);
    const bytes = { serialize: (value: Buffer) => value, deserialize: (value: Buffer) => value };
    const method = {
      path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
      requestStream: true,
      responseStream: true,
      requestSerialize: bytes.serialize,
      requestDeserialize: bytes.deserialize,
      responseSerialize: bytes.serialize,
      responseDeserialize: bytes.deserialize,
    };
    this.#server.addService({ DeltaAggregatedResources: method }, { DeltaAggregatedResources: handler });
  }

  listen(): Promise<number> {
    return new Promise((done, failed) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error === null ? done(port) : failed(error)));
    });
  }

  push(table: RouteTable): void {
    this.#table = table;
    this.#version++;
    const resource = { typeUrl: TYPE_URLS.routes, value: table.bytes };
    const resources = [{ name: table.name, version: String(this.#version), resource }];
    const response = create(DeltaDiscoveryResponseSchema, { typeUrl: TYPE_URLS.routes, nonce: String(this.#version), resources });
    this.#stream?.write(Buffer.from(toBinary(DeltaDiscoveryResponseSchema, response)));
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #serve(stream: Stream): void {
    this.#stream = stream;
    stream.on('error', () => {});
    stream.on('data', (bytes: Buffer) => {
      const request = fromBinary(DeltaDiscoveryRequestSchema, bytes);
      if (request.resourceNamesSubscribe.includes(this.#table.name)) this.push(this.#table);
    });
  }
}

const type = (name: string): string => `type.googleapis.com/envoy.${name}`;
const at = (port: number): unknown => ({ socket_address: { address: '127.0.0.1', port_value: port } });

function cluster(name: string, port: number, extra: object): unknown {
  const load_assignment = { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: at(port) } }] }] };
  return { name, type: 'STATIC', connect_timeout: '2s', load_assignment, ...extra };
}

function bootstrap(ports: { readonly listener: number; readonly xds: number; readonly app: number }, { forms, cluster: name }: FloorOptions): unknown {
  const router = { name: 'envoy.filters.http.router', typed_config: { '@type': type('extensions.filters.http.router.v3.Router') } };
  const rds = { route_config_name: forms[0].name, config_source: { ads: {}, resource_api_version: 'V3' } };
  const manager = { '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'), stat_prefix: 'floor', rds };
  const filters = [{ name: 'hcm', typed_config: { ...manager, http_filters: [router] } }];
  const h2 = { '@type': type('extensions.upstreams.http.v3.HttpProtocolOptions'), explicit_http_config: { http2_protocol_options: {} } };
  const overHttp2 = { typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': h2 } };
  return {
    node: { id: 'floor', cluster: 'floor' },
    dynamic_resources: {
      ads_config: { api_type: 'DELTA_GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }] },
    },
    static_resources: {
      listeners: [{ name: 'in', address: at(ports.listener), filter_chains: [{ filters }] }],
      clusters: [cluster('xds', ports.xds, overHttp2), cluster(name, ports.app, {})],
    },
  };
}

/** Pushes the two forms in turn and asks until the answer shows the one pushed: from the push to that answer. */
export async function measureFloor(stage: TestMesh, options: FloorOptions): Promise<FloorResult> {
  const server = new TrivialServer(options.forms[1]);
  const [listener, app] = [await freePort(), await freePort()];
  stage.start(process.execPath, ['-e', serverOn(app)]);
  await using _envoy = await RunningEnvoy.open(bootstrap({ listener, app, xds: await server.listen() }, options), listener);
  const prober = await startProber(stage, []);
  const target = { address: `127.0.0.1:${listener}`, path: options.path };
  await probe(prober, target, options.marks[1]);
  const times: number[] = [];
  for (let n = 0; n < options.changes; n++) {
    const which = n % 2 === 0 ? 0 : 1;
    times.push((await probe(prober, target, options.marks[which], () => Promise.resolve(server.push(options.forms[which])))).ms);
    await new Promise((done) => setTimeout(done, 60));
  }
  server.close();
  return { p50Ms: percentile(times, 50), p99Ms: percentile(times, 99) };
}
