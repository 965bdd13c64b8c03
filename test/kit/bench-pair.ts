// Calls as they go through a mesh, without a control plane: a caller's Envoy, mutual TLS, one Envoy in front of some applications.
// Everything but the places of resources is what the compiler makes. Applications answer with what reached them.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectH2, createServer as createH2, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../src/identity/index.ts';
import { type Mesh, type ProxyId, spiffeId, type TrustDomain, type WorkloadKey } from '../../src/model/index.ts';
import { documentsOf, fullSet, meshOf, shown, sidecarOf } from './compiled.ts';
import { INSIDES, RunningEnvoy } from './envoy.ts';
import { freePort } from './test-mesh.ts';

type Json = Record<string, unknown>;
type Proxy = ReturnType<typeof sidecarOf>;
const CLOCK = { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => undefined };

/** A file without resources. */
const NOBODY = join(mkdtempSync(join(tmpdir(), 'weft-nobody-')), 'none.json');
writeFileSync(NOBODY, '{"resources":[]}');

/** Everything that would come over ADS stands in the configuration itself: Envoy has few file watches, and tables are many. */
interface Told {
  readonly tables: Json;
  readonly endpoints: Json;
  /** Filters that are told by themselves. */
  readonly extensions: Json;
}

function inlined(value: unknown, told: Told): unknown {
  if (Array.isArray(value)) return value.map((item) => inlined(item, told));
  if (value === null || typeof value !== 'object') return value;
  // What is asked for on demand only: nobody answers here.
  if ('ads' in value) return { path_config_source: { path: NOBODY }, resource_api_version: 'V3' };
  const { rds, eds_cluster_config, config_discovery, sds_config: _, ...rest } = value as Json;
  const entries = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, inlined(item, told)]));
  const extension = told.extensions[String(entries['name'])] as Json | undefined;
  if (config_discovery !== undefined)
    return extension === undefined
      ? { ...entries, config_discovery: inlined(config_discovery, told) }
      : { ...entries, typed_config: extension['typed_config'] };
  if (rds !== undefined) return { ...entries, route_config: told.tables[String((rds as Json)['route_config_name'])] };
  if (eds_cluster_config === undefined) return entries;
  return { ...entries, type: 'STATIC', load_assignment: told.endpoints[String(entries['name'])] };
}

/** What an application saw. */
export interface Seen {
  readonly app: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Undefined when no application answered. */
  readonly seen: Seen | undefined;
}

export interface App {
  /** Name of the workload. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface BenchOptions {
  /** Services, routes and what belongs to them, in namespace `shop`; `http` and `grpc` are the ports of the applications. */
  readonly documents: string;
  readonly apps: readonly App[];
  /** The workload that calls: labels and namespace. */
  readonly caller?: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  /** A service `grpc:50051` that is dialled without the HTTP proxy. */
  readonly grpc?: string;
}

/** The Envoys and applications of one test file. */
export class Bench implements AsyncDisposable {
  readonly mesh: Mesh;
  readonly caller: string;
  /** Requests that applications saw and nobody waited for (mirrors too). */
  readonly arrivals: Seen[] = [];
  readonly #folder: string;
  readonly #closing: (() => unknown)[];
  readonly #ports: { readonly http: number; readonly grpc: number };

  private constructor(setup: {
    mesh: Mesh;
    caller: string;
    folder: string;
    arrivals: Seen[];
    closing: (() => unknown)[];
    ports: { http: number; grpc: number };
  }) {
    this.mesh = setup.mesh;
    this.caller = setup.caller;
    this.arrivals = setup.arrivals;
    this.#folder = setup.folder;
    this.#closing = setup.closing;
    this.#ports = setup.ports;
  }

  static async open(options: BenchOptions): Promise<Bench> {
    const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'));
    const closing: (() => unknown)[] = [];
    const arrivals: Seen[] = [];
    const namespace = options.caller?.namespace ?? 'shop';
    const ports = { http: await freePort(), grpc: await freePort() };
    const workloads = await Promise.all(options.apps.map((app) => startApp(app, arrivals, closing)));
    const text = [options.documents, ...workloads.map(({ text: each }) => each), callerText(options, namespace, ports)].join('\n---\n');
    const { documents, diagnostics } = documentsOf(text);
    const wrong = diagnostics.filter((each) => each.severity === 'error');
    if (wrong.length > 0) throw new Error(wrong.map((each) => `${each.code} ${each.at.path}: ${each.message}`).join('\n'));
    const mesh = meshOf(documents);
    const authority = Authority.open({ directory: folder, trustDomain: 'example.mesh' as TrustDomain, clock: CLOCK });
    const serves = options.apps.map(({ name }) => `shop/${name}` as WorkloadKey);
    const node: Proxy = { id: 'apps' as ProxyId, role: 'node', serves, envoyVersion: '1.40.0' };
    const first = workloads[0]?.inbound ?? 0;
    for (const [proxy, port] of [
      [node, first],
      [sidecarOf(`${namespace}/caller-1`), ports.http],
    ] as const) {
      const envoy = await startProxy({ authority, mesh, proxy }, port);
      closing.push(() => envoy[Symbol.asyncDispose]());
    }
    return new Bench({ mesh, caller: `${namespace}/caller-1`, folder, arrivals, closing, ports });
  }

  /** A request through the caller's proxy, as an application with HTTP_PROXY sends it. */
  ask(
    host: string,
    { method = 'GET', path = '/', headers = {} }: { method?: string; path?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answer> {
    return new Promise((done, fail) => {
      const options = { agent: false, host: '127.0.0.1', port: this.#ports.http, method, path: `http://${host}${path}`, headers: { host, ...headers } };
      const call = httpRequest(options, (answer: IncomingMessage) => {
        let body = '';
        answer.on('data', (chunk) => {
          body += String(chunk);
        });
        answer.once('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body, seen: seenIn(body) }));
      });
      call.once('error', fail);
      call.end();
    });
  }

  /** A gRPC call without messages: the status that comes back, and what the application saw. */
  async call(
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly grpcStatus: string; readonly seen: Seen | undefined; readonly headers: Json }> {
    const session = connectH2(`http://127.0.0.1:${this.#ports.grpc}`);
    try {
      const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers });
      stream.end();
      let body = '';
      stream.on('data', (chunk) => {
        body += String(chunk);
      });
      const [head] = (await once(stream, 'response')) as [Json];
      const trailers: Json = {};
      stream.on('trailers', (all) => Object.assign(trailers, all));
      stream.resume();
      await once(stream, 'close');
      return { grpcStatus: String(head['grpc-status'] ?? trailers['grpc-status'] ?? ''), seen: seenIn(body), headers: head };
    } finally {
      session.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function seenIn(body: string): Seen | undefined {
  return body.startsWith('{"app"') ? (JSON.parse(body) as Seen) : undefined;
}

interface Started {
  readonly text: string;
  readonly inbound: number;
}

async function startApp(app: App, arrivals: Seen[], closing: (() => unknown)[]): Promise<Started> {
  const see = (url: string, method: string, headers: unknown): string => {
    const seen = { app: app.name, url, method, headers } as Seen;
    arrivals.push(seen);
    return JSON.stringify(seen);
  };
  const web: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    response.end(see(request.url ?? '', request.method ?? '', request.headers));
  }).listen(0, '127.0.0.1');
  const grpc: Http2Server = createH2().listen(0, '127.0.0.1');
  grpc.on('stream', (stream, headers) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(see(String(headers[':path']), String(headers[':method']), headers));
  });
  await Promise.all([once(web, 'listening'), once(grpc, 'listening')]);
  closing.push(
    () => web.close(),
    () => web.closeAllConnections(),
    () => grpc.close(),
  );
  const [inbound, inboundGrpc] = [await freePort(), await freePort()];
  const at = (server: Server | Http2Server): number => (server.address() as AddressInfo).port;
  const text = `
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: ${app.name}, namespace: shop, labels: ${JSON.stringify(app.labels)} }
spec:
  serviceAccount: apps
  address: 127.0.0.1
  ports:
    - { name: http, port: ${at(web)}, proxyPort: ${inbound} }
    - { name: grpc, port: ${at(grpc)}, proxyPort: ${inboundGrpc} }
  proxy: { capture: { mode: none }, bind: 127.0.0.1 }`;
  return { text, inbound };
}

function callerText({ caller, grpc }: BenchOptions, namespace: string, ports: { readonly http: number; readonly grpc: number }): string {
  const upstreams = grpc === undefined ? '[]' : `[{ service: ${grpc}, port: 50051, localPort: ${ports.grpc} }]`;
  return `
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: caller-1, namespace: ${namespace}, labels: ${JSON.stringify({ app: 'caller', ...caller?.labels })} }
spec:
  serviceAccount: caller
  address: 127.0.0.1
  proxy: { capture: { mode: explicit, httpPort: ${ports.http}, upstreams: ${upstreams} }, bind: 127.0.0.1 }`;
}

interface Placed {
  readonly authority: Authority;
  readonly mesh: Mesh;
  readonly proxy: Proxy;
}

async function startProxy({ authority, mesh, proxy }: Placed, port: number): Promise<RunningEnvoy> {
  const { resources, diagnostics } = fullSet(mesh, proxy);
  if (diagnostics.length > 0) throw new Error(diagnostics.map((each) => each.message).join('\n'));
  const secrets = new Map<string, Json>();
  for (const key of proxy.serves) {
    const workload = mesh.workloads.get(key);
    if (workload === undefined) continue;
    const id = spiffeId('example.mesh' as TrustDomain, workload.namespace, workload.serviceAccount);
    const svid = await authority.issue(id);
    const tls_certificate = { certificate_chain: { inline_string: svid.certificatePem }, private_key: { inline_string: svid.keyPem } };
    for (const name of [id, 'workload']) secrets.set(name, { name, tls_certificate });
  }
  for (const name of ['bundle', 'callers']) secrets.set(name, { name, validation_context: { trusted_ca: { inline_string: authority.bundle() } } });
  const told = { tables: shown(resources, 'routes'), endpoints: shown(resources, 'endpoints'), extensions: shown(resources, 'extension') };
  const inline = (type: 'cluster' | 'listener'): unknown => inlined(Object.values(shown(resources, type)), told);
  const static_resources = { clusters: inline('cluster'), listeners: inline('listener'), secrets: [...secrets.values()] };
  return RunningEnvoy.open({ node: { id: proxy.id, cluster: proxy.id }, bootstrap_extensions: INSIDES, static_resources }, port);
}
