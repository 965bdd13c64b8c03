// The delta protocol against stock Envoy: nothing fails while routes, clusters and endpoints change together; the refused resource is
// found and the rest arrives; an unchanged reconnect costs nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import grpc from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  adsSource,
  Cluster_DiscoveryType,
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  duration,
  HttpConnectionManagerSchema,
  ListenerSchema,
  makeResource,
  named,
  type Resource,
  RouteConfigurationSchema,
  RouterSchema,
  type RouteSchema,
  socketAddress,
  type Version,
} from '../../src/envoy/index.ts';
import {
  checkReferences,
  decodeRequest,
  EMPTY_SNAPSHOT,
  encodeResponse,
  type Output,
  openSubscription,
  resourceSet,
  type Snapshot,
  type Subscription,
  standing,
  step,
} from '../../src/xds/index.ts';
import { needs } from '../kit/require.ts';

const pointer = join(import.meta.dirname, '../../.cache/envoy');
const binary = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : '';

const hash = (pieces: readonly Uint8Array[]): Version => {
  const sha = createHash('sha256');
  for (const piece of pieces) sha.update(piece);
  return sha.digest('hex').slice(0, 16) as Version;
};
const parts = { origins: [], hash };

function cluster(name: string, connectTimeoutMs = 1000): Resource {
  const init: MessageInitShape<typeof ClusterSchema> = {
    name,
    connectTimeout: duration(connectTimeoutMs),
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: adsSource() },
  };
  return makeResource({ ...parts, type: 'cluster', name, desc: ClusterSchema, init });
}

function endpoints(name: string, port: number): Resource {
  const address = socketAddress({ address: '127.0.0.1', port });
  const init: MessageInitShape<typeof ClusterLoadAssignmentSchema> = {
    clusterName: name,
    endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: { address } } }] }],
  };
  return makeResource({ ...parts, type: 'endpoints', name, desc: ClusterLoadAssignmentSchema, init });
}

function routes(name: string, to: string, regex?: string): Resource {
  const action: MessageInitShape<typeof RouteSchema>['action'] = { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: to } } };
  const odd = regex === undefined ? [] : [{ match: { pathSpecifier: { case: 'safeRegex' as const, value: { regex } } }, action }];
  const virtualHosts = [{ name: 'all', domains: ['*'], routes: [...odd, { match: { pathSpecifier: { case: 'prefix' as const, value: '/' } }, action }] }];
  return makeResource({ ...parts, type: 'routes', name, desc: RouteConfigurationSchema, init: { name, virtualHosts } });
}

function listener(name: string, table: string): Resource {
  const hcm: MessageInitShape<typeof HttpConnectionManagerSchema> = {
    statPrefix: name,
    httpFilters: [named('envoy.filters.http.router', RouterSchema, {})],
    routeSpecifier: { case: 'rds', value: { configSource: adsSource(), routeConfigName: table } },
  };
  const filters = [named('envoy.filters.network.http_connection_manager', HttpConnectionManagerSchema, hcm)];
  const init: MessageInitShape<typeof ListenerSchema> = { name, address: socketAddress({ address: '127.0.0.1', port: 0 }), filterChains: [{ filters }] };
  return makeResource({ ...parts, type: 'listener', name, desc: ListenerSchema, init });
}

function snapshotOf(resources: readonly Resource[]): Snapshot {
  const of = (type: string) => resourceSet(resources.filter((one) => one.type === type));
  const made = { ...EMPTY_SNAPSHOT, cluster: of('cluster'), endpoints: of('endpoints'), routes: of('routes'), listener: of('listener') };
  expect(checkReferences(made)).toEqual([]);
  return made;
}

/** The least control plane: one snapshot, streams that step. */
class Streams {
  readonly outputs: Output[] = [];
  snapshot: Snapshot = EMPTY_SNAPSHOT;
  streams = 0;
  #subscription: Subscription = openSubscription();
  #call: grpc.ServerDuplexStream<Buffer, Buffer> | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();
  #heard = (): void => undefined;

  readonly serve = (call: grpc.ServerDuplexStream<Buffer, Buffer>): void => {
    this.streams++;
    this.#call = call;
    this.#subscription = openSubscription();
    this.#take({ kind: 'snapshot', snapshot: this.snapshot, touched: 'all' });
    call.on('data', (bytes: Buffer) => this.#call === call && this.#take({ kind: 'request', request: decodeRequest(bytes) }));
    call.on('error', () => undefined);
    call.on('end', () => call.end());
  };

  #take(input: Parameters<typeof step>[1]): void {
    const { subscription, outputs } = step(this.#subscription, input);
    this.#subscription = subscription;
    this.outputs.push(...outputs);
    for (const output of outputs) {
      if (output.kind === 'send') this.#call?.write(Buffer.from(encodeResponse(output.response)));
      if (output.kind === 'wake') this.#timers.add(setTimeout(() => this.#take({ kind: 'elapsed', now: 0 }), output.afterMs));
    }
    this.#heard();
  }

  publish(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.#take({ kind: 'snapshot', snapshot, touched: 'all' });
  }

  /** Resolves when the proxy has answered everything, and `more` holds. */
  async settled(more: () => boolean = () => true): Promise<void> {
    while (!(this.#subscription.types.routes.opened && standing(this.#subscription).pending === 0 && more())) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  disconnect(): void {
    this.#call?.end();
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  sent(): string[] {
    return this.outputs.flatMap((output) =>
      output.kind === 'send'
        ? [
            ...output.response.resources.map(({ type, name }) => `${type} ${name}`),
            ...output.response.removed.map((name) => `-${output.response.type} ${name}`),
          ]
        : [],
    );
  }
}

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
const same = (bytes: Buffer): Buffer => bytes;

describe.skipIf(needs('envoy', binary !== '').skip)('delta ADS with Envoy', () => {
  const streams = new Streams();
  const server = new grpc.Server();
  const agent = new Agent({ keepAlive: true });
  const upstreams: Server[] = [];
  let folder = '';
  let envoy: ChildProcess | undefined;
  let log = '';

  async function upstream(word: string): Promise<number> {
    const made = createServer((_, response) => response.end(word));
    upstreams.push(made);
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    return (made.address() as AddressInfo).port;
  }

  function fetchText(port: number, path: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port, path, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('error', reject);
    });
  }

  async function listenerPort(name: string): Promise<number> {
    const admin = Number(readFileSync(join(folder, 'admin'), 'utf8').split(':').at(-1));
    const { text } = await fetchText(admin, '/listeners?format=json');
    const found = (
      JSON.parse(text) as { listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[] }
    ).listener_statuses.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no listener ${name}`);
    return found.local_address.socket_address.port_value;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weft-delta-'));
    const definition = {
      path: METHOD,
      requestStream: true,
      responseStream: true,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    server.addService({ Delta: definition }, { Delta: streams.serve as grpc.UntypedHandleCall });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error))),
    );
    const h2 = { '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions', explicit_http_config: { http2_protocol_options: {} } };
    const bootstrap = {
      node: { id: 'shop/test', cluster: 'test' },
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
      dynamic_resources: {
        ads_config: {
          api_type: 'DELTA_GRPC',
          transport_api_version: 'V3',
          set_node_on_first_message_only: true,
          grpc_services: [{ envoy_grpc: { cluster_name: 'xds', retry_policy: { retry_back_off: { base_interval: '0.05s', max_interval: '0.2s' } } } }],
        },
        cds_config: { ads: {}, resource_api_version: 'V3' },
        lds_config: { ads: {}, resource_api_version: 'V3' },
      },
      static_resources: {
        clusters: [
          {
            name: 'xds',
            connect_timeout: '1s',
            typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': h2 },
            load_assignment: {
              cluster_name: 'xds',
              endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }] }],
            },
          },
        ],
      },
    };
    writeFileSync(join(folder, 'envoy.json'), JSON.stringify(bootstrap));
    const ports = { v1: await upstream('v1'), v2: await upstream('v2') };
    streams.snapshot = snapshotOf([cluster('v1'), endpoints('v1', ports.v1), listener('outbound', 'table'), routes('table', 'v1')]);
    envoy = spawn(
      binary,
      ['-c', join(folder, 'envoy.json'), '--concurrency', '1', '--use-dynamic-base-id', '--admin-address-path', join(folder, 'admin'), '-l', 'warning'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    envoy.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    await streams.settled();
  });

  afterAll(async () => {
    if (envoy !== undefined && envoy.exitCode === null) {
      const gone = new Promise((resolve) => envoy?.once('exit', resolve));
      envoy.kill('SIGKILL');
      await gone;
    }
    agent.destroy();
    streams.close();
    server.forceShutdown();
    for (const one of upstreams) one.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('100 times another cluster, another route and the old one removed, under load: nothing fails, nothing lingers', async () => {
    const port = await listenerPort('outbound');
    const target = await upstream('new');
    let running = true;
    const bad: string[] = [];
    const load = [1, 2, 3, 4].map(async () => {
      while (running) {
        const { status, text } = await fetchText(port, '/');
        if (status !== 200) bad.push(`${status} ${text}`);
      }
    });
    for (let i = 1; i <= 100; i++) {
      const name = `generation-${i}`;
      streams.publish(snapshotOf([cluster(name), endpoints(name, target), listener('outbound', 'table'), routes('table', name)]));
      await streams.settled();
    }
    running = false;
    await Promise.all(load);
    expect(bad).toEqual([]);
    expect(streams.outputs.filter(({ kind }) => kind === 'refused')).toEqual([]);
    const admin = Number(readFileSync(join(folder, 'admin'), 'utf8').split(':').at(-1));
    expect(
      [...new Set((await fetchText(admin, '/clusters')).text.split('\n').map((line) => line.split('::')[0]))].filter((name) => name?.startsWith('generation-')),
    ).toEqual(['generation-100']);
  });

  test('a changed cluster gets its endpoints and is warm, without a new request for them', async () => {
    const target = await upstream('changed');
    const of = (timeoutMs: number) => snapshotOf([cluster('c', timeoutMs), endpoints('c', target), listener('outbound', 'table'), routes('table', 'c')]);
    streams.publish(of(1000));
    await streams.settled();
    streams.outputs.length = 0;
    streams.publish(of(2000));
    await streams.settled();
    expect(streams.sent()).toEqual(['cluster c', 'endpoints c']);
  });

  test('of several route tables the refused one is found, in the words of Envoy, and the others arrive', async () => {
    const target = await upstream('ok');
    const names = ['a', 'b', 'bad', 'd', 'e'];
    const base = [cluster('c'), endpoints('c', target), ...names.map((name) => listener(name, name))];
    streams.publish(snapshotOf([...base, ...names.map((name) => routes(name, 'c'))]));
    await streams.settled();
    streams.outputs.length = 0;
    streams.publish(snapshotOf([...base, ...names.map((name) => routes(name, 'c', name === 'bad' ? '(' : `/${name}`))]));
    await streams.settled(() => streams.outputs.some(({ kind }) => kind === 'refused'));
    const refused = streams.outputs.filter((output) => output.kind === 'refused');
    expect(refused.map(({ resource }) => resource.name)).toEqual(['bad']);
    expect(refused[0]?.words).toContain('missing )');
    const acked = streams.outputs.flatMap((output) => (output.kind === 'acked' ? output.resources : []));
    for (const name of ['a', 'b', 'd', 'e']) expect(acked).toContainEqual({ type: 'routes', name, version: routes(name, 'c', `/${name}`).version });
    const port = await listenerPort('bad');
    expect(await fetchText(port, '/')).toEqual({ status: 200, text: 'ok' });
    streams.publish(snapshotOf([...base, ...names.map((name) => routes(name, 'c', '/fine'))]));
    await streams.settled();
  });

  test('a reconnect to an unchanged snapshot sends no resource, to a changed one what changed', async () => {
    const before = streams.streams;
    streams.outputs.length = 0;
    streams.disconnect();
    await streams.settled(() => streams.streams > before);
    expect(streams.sent()).toEqual([]);
    const kept = ['cluster', 'endpoints', 'listener', 'routes'].flatMap((type) => {
      const set = streams.snapshot[type as 'cluster'];
      return [...set.names()].flatMap((name) => set.get(name) ?? []);
    });
    streams.outputs.length = 0;
    const target = await upstream('again');
    streams.disconnect();
    streams.snapshot = snapshotOf([
      ...kept.filter(({ type, name }) => !(type === 'routes' && name === 'a')),
      cluster('new'),
      endpoints('new', target),
      routes('a', 'new'),
    ]);
    await streams.settled(() => streams.streams > before + 1);
    expect(new Set(streams.sent())).toEqual(new Set(['cluster new', 'endpoints new', 'routes a']));
    expect(await fetchText(await listenerPort('a'), '/')).toEqual({ status: 200, text: 'again' });
  });

  test('Envoy had nothing to say', () => {
    expect(log.split('\n').filter((line) => /assert|critical|panic/i.test(line))).toEqual([]);
  });
});
