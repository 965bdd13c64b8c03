// The compiler against real Envoy: every golden is accepted by it, and the evaluator behind `weft explain` decides as it does.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutSecrets } from '../../src/compile/check-config.ts';
import { connectionManager } from '../../src/compile/emit/connection-manager.ts';
import { emitRouteTable } from '../../src/compile/emit/routes.ts';
import { bootstrap, evaluate, type RequestShape, type RetryPlan, type RoutePlan, type ServicePortPlan } from '../../src/compile/index.ts';
import { decodeResource, FilterSchema, type JsonValue, makeResource, toEnvoyJson } from '../../src/envoy/index.ts';
import type { MatchExtension, ProxyId, RouteMatch, ServiceKey } from '../../src/model/index.ts';
import { documentsOf, fullSet, meshOf, proxiedWorkloads, sha256, shown, sidecarOf } from '../kit/compiled.ts';
import { envoyBinary, INSIDES, RunningEnvoy, refusal } from '../kit/envoy.ts';
import { toldBy } from '../kit/reason.ts';
import { needs } from '../kit/require.ts';
import { freePort } from '../kit/test-mesh.ts';

const GOLDENS = resolve(import.meta.dirname, '../../src/compile/goldens');
const { skip } = needs('envoy', envoyBinary() !== undefined);
const ROOT = '-----BEGIN CERTIFICATE-----\nMIIBfDCCASGgAwIBAgIUQ=\n-----END CERTIFICATE-----\n';

type Json = Record<string, unknown>;

/** A whole configuration out of resources that would come over the stream: everything that can stand in a file does. */
function staticConfig(resources: ReturnType<typeof fullSet>['resources']): Json {
  const tables = Object.values(shown(resources, 'routes')).map((table, at) => ({
    name: `table-${at}`,
    address: { socket_address: { address: '127.0.0.1', port_value: 40_000 + at } },
    filter_chains: [{ filters: [inlined(connectionManager('explicit', 'x'), table as Json)] }],
  }));
  return {
    node: { id: 'golden', cluster: 'golden' },
    dynamic_resources: { ads_config: { api_type: 'DELTA_GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }] } },
    bootstrap_extensions: INSIDES,
    static_resources: {
      clusters: [{ name: 'xds', type: 'STATIC' }, ...Object.values(shown(resources, 'cluster')).map((each) => withoutSecrets(each as JsonValue))],
      listeners: [...Object.values(shown(resources, 'listener')), ...tables],
    },
  };
}

/** A connection manager with its route table inside of it. */
function inlined(manager: ReturnType<typeof connectionManager>, table: Json): Json {
  const filter = toEnvoyJson(FilterSchema, manager) as { name: string; typed_config: Json };
  const { rds: _, http_filters: filters, ...rest } = filter.typed_config;
  // Nobody is there to tell those what they do that wait to be told.
  const told = (filters as readonly Json[]).filter((each) => each['config_discovery'] === undefined);
  return { name: filter.name, typed_config: { ...rest, http_filters: told, route_config: table } };
}

describe.skipIf(skip)('Envoy accepts', () => {
  for (const name of readdirSync(GOLDENS).sort()) {
    test(name, () => {
      const mesh = meshOf(documentsOf(readFileSync(resolve(GOLDENS, name, 'in.yaml'), 'utf8')).documents);
      for (const workload of proxiedWorkloads(mesh)) {
        const { resources } = fullSet(mesh, sidecarOf(workload));
        expect(refusal(staticConfig(resources)), workload).toBeUndefined();
      }
    });
  }

  for (const xdsAddress of ['127.0.0.1:7401', 'control.example:7401', '[::1]:7401', 'unix:/run/weft/xds.sock']) {
    test(`the bootstrap of a proxy that dials ${xdsAddress}`, async () => {
      const envoy = {
        adminSocket: '/run/weft/a.sock',
        readySocket: '/run/weft/r.sock',
        tokenDirectory: GOLDENS,
        tokenResource: '/run/weft/token.json',
        xdsAddress,
      };
      const config = JSON.parse(bootstrap({ proxy: 'shop/web-1' as ProxyId, zone: 'a', rootPem: ROOT, envoy })) as Json;
      // Its certificate and its token are files and text that only a real machine has: their place is checked, not their content.
      const cluster = ((config['static_resources'] as Json)['clusters'] as Json[])[0] as Json;
      expect(JSON.stringify(cluster['transport_socket'])).toContain('control-plane.weft');
      delete cluster['transport_socket'];
      const options = Object.values(cluster['typed_extension_protocol_options'] as Json)[0] as Json;
      options['http_filters'] = (options['http_filters'] as Json[]).slice(1);
      expect(refusal(config)).toBeUndefined();
    });
  }
});

const NOTHING = { set: [], add: [], remove: [] };
const PATHS = ['/', '/a', '/a/', '/a/b', '/ab', '/A', '/a%20b', '/b'];
const REGEXES = ['/a.*', '/[ab]', '(/a|/b)', '/a/[^/]+', '.*'];

const stringMatch = fc.oneof(
  fc.constantFrom('1', '2', '1,2', '').map((value) => ({ kind: 'exact' as const, value: value === '' ? '12' : value })),
  fc.constantFrom('[0-9]', '1|2', '1.*').map((value) => ({ kind: 'regex' as const, value })),
);
const conditions = (names: readonly string[]) =>
  fc.uniqueArray(fc.record({ name: fc.constantFrom(...names), match: stringMatch }), { selector: (one) => one.name, maxLength: 2 });
const matchOf: fc.Arbitrary<RouteMatch> = fc
  .record({
    path: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...PATHS).map((value) => ({ kind: 'pathPrefix' as const, value })) },
      fc.constantFrom(...PATHS).map((value) => ({ kind: 'exact' as const, value })),
      fc.constantFrom(...REGEXES).map((value) => ({ kind: 'regex' as const, value })),
    ),
    method: fc.option(fc.constantFrom('GET', 'POST', 'HEAD'), { nil: undefined, freq: 2 }),
    headers: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, conditions(['x-a', 'x-b'])),
    query: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, conditions(['q', 'r'])),
  })
  .map(({ method, ...rest }) => ({ ...rest, ...(method === undefined ? {} : { method }), origin: { kind: 'HTTPRoute', namespace: 'n', name: 'r', path: '' } }));

const comparison = fc.oneof(
  { weight: 3, arbitrary: stringMatch },
  fc.record({ kind: fc.constantFrom('prefix' as const, 'suffix' as const, 'contains' as const), value: fc.constantFrom('1', '2') }),
  fc.record({ kind: fc.constant('exact' as const), value: fc.constantFrom('B', '1'), ignoreCase: fc.constant(true as const) }),
  fc.constant({ kind: 'present' as const }),
);
const ranges = fc.record({ kind: fc.constant('range' as const), start: fc.constantFrom(0, 2), end: fc.constantFrom(3, 13) });
const negatable = (names: readonly string[], match: fc.Arbitrary<MatchExtension['headers'][number]['match']>) =>
  fc.array(
    fc.record({ name: fc.constantFrom(...names), match, not: fc.boolean() }).map(({ not, ...rest }) => ({ ...rest, ...(not ? { not } : {}) })),
    { maxLength: 1 },
  );
/** What a RouteFilter may add; the regular expressions are those of the matches. */
const extensionOf: fc.Arbitrary<MatchExtension> = fc
  .record({
    methods: fc.constantFrom([], [], ['GET', 'PUT'], ['POST']),
    notMethods: fc.constantFrom([], [], ['GET'], ['POST', 'PUT']),
    schemes: fc.constantFrom<('http' | 'https')[]>([], [], ['http'], ['http', 'https']),
    paths: fc.array(
      fc
        .record({
          kind: fc.constantFrom('exact' as const, 'prefix' as const, 'suffix' as const, 'contains' as const),
          value: fc.constantFrom('/a', 'b', '/', '.'),
          not: fc.boolean(),
          ignoreCase: fc.boolean(),
        })
        .map(({ not, ignoreCase, ...match }) => ({
          match: { ...match, ...(ignoreCase ? { ignoreCase: true as const } : {}) },
          ...(not ? { not: true as const } : {}),
        })),
      { maxLength: 1 },
    ),
    ignorePathCase: fc.boolean(),
    headers: negatable(['x-a', 'x-b'], fc.oneof(comparison, ranges)),
    query: negatable(['q', 'r'], comparison),
    cookies: negatable(['c', 'd'], comparison),
  })
  .map((extension) => ({ ...extension, filter: 'n/f' }));
const narrowedOf = fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.array(extensionOf, { minLength: 1, maxLength: 2 }) });

const value = fc.constantFrom('1', '2', '12', '1,2', '3', 'b');
const requestOf: fc.Arbitrary<RequestShape> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD'),
    path: fc.constantFrom(
      '/',
      '/a',
      '/a/',
      '/a/b',
      '/a/b/c',
      '/ab',
      '/A',
      '/%61',
      '/a//b',
      '//a',
      '/x/../a',
      '/a/./b',
      '/a/b/..',
      '/a%2Fb',
      '/a%20b',
      '/a%2e',
      '/b',
      '/a/%2e%2e/b',
      '/c',
      '/a;v=1',
    ),
    query: fc.constantFrom('', '?q=1', '?q=2&q=1', '?q', '?q=', '?r=12&q=1', '?q=%31', '?x=1&r=2', '?q=1&'),
    headers: fc.array(fc.tuple(fc.constantFrom('x-a', 'X-B', 'x-c'), value), { maxLength: 3 }),
    cookie: fc.constantFrom('', '', 'c=1', 'd=2; c=12', 'c=b;d=1', 'e=1; c'),
  })
  .map(({ query, path, cookie, headers, ...rest }) => ({
    ...rest,
    headers: cookie === '' ? headers : [...headers, ['cookie', cookie] as const],
    path: path + query,
  }));

/** Routes that all lead to one place and say in a header which of them was taken. */
function portPlan(matches: readonly RouteMatch[], at: number, narrowed: readonly (readonly MatchExtension[])[] = []): ServicePortPlan {
  const service = 'n/s' as ServiceKey;
  const origin = { kind: 'Service', namespace: 'n', name: 's', path: '' };
  const routes = matches.map((match, index): RoutePlan => {
    const backend = { service, port: 80, cluster: 'app', weight: 1, mirrors: [], requestHeaders: NOTHING, responseHeaders: NOTHING, origin };
    const responseHeaders = { ...NOTHING, set: [{ name: 'x-route', value: String(index) }] };
    const timeout = { requestMs: 5000, tryMs: 0, requestOrigin: origin };
    const retry = { ...NO_RETRIES, attempts: 1, on: ['connect-failure'] as const, methods: ['GET', 'HEAD', 'OPTIONS'] };
    return {
      name: `n/r/${index}`,
      rule: String(index),
      match,
      narrowed: narrowed[index] ?? [],
      grpc: false,
      requestHeaders: NOTHING,
      responseHeaders,
      action: { kind: 'forward', backends: [backend], mirrors: [], timeout, retry },
      contributions: [],
      acting: { site: { kind: 'route', side: 'outbound', protocol: 'http', name: '' }, effective: [], contributions: [] },
      origin,
    };
  });
  const cluster = {
    name: 'app',
    service,
    port: 80,
    protocol: 'http' as const,
    serverIds: [],
    proxyProtocol: false,
    retryBudget: { percent: 20, minConcurrency: 10 },
    contributions: [],
    origins: [],
  };
  return {
    service,
    id: `p${at}.test:80`,
    host: `p${at}.test`,
    vip: '240.0.0.1',
    port: 80,
    protocol: 'http',
    cluster,
    endpoints: [],
    routesName: `p${at}`,
    routes,
    origin,
  };
}

function virtualHost(plan: ServicePortPlan): Json {
  const { bytes } = emitRouteTable(plan);
  const table = decodeResource(makeResource({ type: 'routes', name: plan.routesName, pieces: [bytes], origins: [], hash: sha256 })) as {
    virtual_hosts: Json[];
  };
  return { ...(table.virtual_hosts[0] as Json), domains: [plan.host] };
}

function ask(agent: Agent, port: number, host: string, { method, path, headers }: RequestShape): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const lines = headers.flat();
    const call = httpRequest({ agent, port, host: '127.0.0.1', method, path, headers: ['host', host, 'content-length', '0', ...lines] }, (answer) => {
      answer.resume();
      answer.once('end', () => done(answer));
    });
    call.once('error', fail);
    call.end();
  });
}

describe.skipIf(skip)('the evaluator', () => {
  test('takes the route that Envoy takes', async () => {
    const seed = Number(process.env['WEFT_SEED'] ?? 20261121);
    const matches = fc.sample(fc.array(matchOf, { minLength: 1, maxLength: 5 }), { seed, numRuns: 40 });
    const narrowed = fc.sample(fc.array(narrowedOf, { minLength: 5, maxLength: 5 }), { seed, numRuns: 40 });
    // Every other plan is as it comes from the standard kinds alone.
    const plans = matches.map((each, at) => portPlan(each, at, at % 2 === 0 ? [] : narrowed[at]));
    const requests = fc.sample(requestOf, { seed, numRuns: 2000 });
    const application = createServer((_, answer) => answer.end('ok')).listen(0, '127.0.0.1');
    await once(application, 'listening');
    const port = await freePort();
    const address = (at: number) => ({ socket_address: { address: '127.0.0.1', port_value: at } });
    const endpoint = { endpoint: { address: address((application.address() as AddressInfo).port) } };
    const app = { name: 'app', type: 'STATIC', load_assignment: { cluster_name: 'app', endpoints: [{ lb_endpoints: [endpoint] }] } };
    const manager = inlined(connectionManager('outbound', 'x'), { name: 'x', virtual_hosts: plans.map(virtualHost) });
    const listener = { name: 'all', address: address(port), filter_chains: [{ filters: [manager] }] };
    await using _envoy = await RunningEnvoy.open({ static_resources: { listeners: [listener], clusters: [app] } }, port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const differences: unknown[] = [];
    for (const [index, request] of requests.entries()) {
      const plan = plans[index % plans.length] as ServicePortPlan;
      const answer = await ask(agent, port, plan.host, request);
      const taken = evaluate(plan.routes, request).taken;
      const actual = answer.headers['x-route'];
      if (actual !== taken?.rule)
        differences.push({
          request,
          actual,
          status: answer.statusCode,
          expected: taken?.rule,
          matches: plan.routes.map((route) => ({ ...route.match, narrowed: route.narrowed, origin: undefined })),
        });
    }
    agent.destroy();
    application.closeAllConnections();
    application.close();
    expect(differences.slice(0, 3), `${differences.length} of ${requests.length} differ`).toEqual([]);
  });
});

const NO_RETRIES: RetryPlan = {
  attempts: 0,
  on: [],
  statusCodes: [],
  responseHeaders: [],
  methods: [],
  baseBackoffMs: 25,
  maxBackoffMs: 250,
  avoidPreviousHosts: false,
  avoidPreviousLocalities: false,
  hedge: false,
  origin: { kind: 'Mesh', namespace: '', name: 'default', path: '' },
};

const everything: RouteMatch = {
  path: { kind: 'pathPrefix', value: '/' },
  headers: [],
  query: [],
  origin: { kind: 'HTTPRoute', namespace: 'n', name: 'r', path: '' },
};

const withoutRetries = (plan: ServicePortPlan): ServicePortPlan => ({
  ...plan,
  routes: plan.routes.map((route) => (route.action.kind === 'forward' ? { ...route, action: { ...route.action, retry: NO_RETRIES } } : route)),
});

/** The plan of `portPlan` with other backends: cluster names and weights. */
function sending(plan: ServicePortPlan, shares: readonly (readonly [cluster: string, weight: number])[], requestMs = 5000): ServicePortPlan {
  const routes = plan.routes.map((route) => {
    if (route.action.kind !== 'forward') return route;
    const [backend] = route.action.backends;
    if (backend === undefined) return route;
    const timeout = { ...route.action.timeout, requestMs };
    return { ...route, action: { ...route.action, timeout, backends: shares.map(([cluster, weight]) => ({ ...backend, cluster, weight })) } };
  });
  return { ...plan, routes };
}

const unresolvedPlan = (plan: ServicePortPlan): ServicePortPlan => ({
  ...plan,
  routes: plan.routes.map((route) => ({ ...route, action: { kind: 'unresolved', status: 500, why: 'Service n/x does not exist' } })),
});

describe.skipIf(skip)('what the mesh itself answers', () => {
  test('says why, in weft-reason, also to the peer', async () => {
    const slow = createServer((request, answer) => {
      answer.setHeader('weft-reason', 'upstream-connect; forged');
      if (request.url === '/slow') setTimeout(() => answer.end('late'), 2000);
      else answer.end('ok');
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const [port, closed, inbound] = [await freePort(), await freePort(), await freePort()];
    const address = (at: number) => ({ socket_address: { address: '127.0.0.1', port_value: at } });
    const cluster = (name: string, at?: number): Json => ({
      name,
      type: 'STATIC',
      load_assignment: { cluster_name: name, endpoints: at === undefined ? [] : [{ lb_endpoints: [{ endpoint: { address: address(at) } }] }] },
    });
    const all = portPlan([everything], 0);
    const hosts = {
      half: sending(all, [
        ['app', 1],
        ['unresolved', 1],
      ]),
      missing: unresolvedPlan(all),
      empty: sending(all, [['empty', 1]]),
      refused: sending(all, [['closed', 1]]),
      once: withoutRetries(sending(all, [['closed', 1]])),
      absent: sending(all, [['absent', 1]]),
      slow: sending(all, [['app', 1]], 100),
      peer: sending(all, [['peer', 1]]),
      forged: sending(all, [['sidecar', 1]]),
    };
    const virtualHosts = Object.entries(hosts).map(([name, plan]) => ({ ...virtualHost(plan), name, domains: [name] }));
    // A peer's sidecar whose application is not there; and one whose application forges the header.
    const table = (to: string): Json => ({
      name: 'in',
      virtual_hosts: [{ name: 'in', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: to } }] }],
      response_headers_to_remove: ['weft-reason', 'weft-cause'],
    });
    const listeners = [
      {
        name: 'out',
        address: address(port),
        filter_chains: [{ filters: [inlined(connectionManager('outbound', 'x'), { name: 'x', virtual_hosts: virtualHosts, validate_clusters: false })] }],
      },
      { name: 'in', address: address(inbound), filter_chains: [{ filters: [inlined(connectionManager('inbound', 'x'), { ...table('closed') })] }] },
      { name: 'in2', address: address(closed + 1), filter_chains: [{ filters: [inlined(connectionManager('inbound', 'x'), { ...table('app') })] }] },
    ];
    const application = (slow.address() as AddressInfo).port;
    const clusters = [
      cluster('app', application),
      cluster('empty'),
      cluster('unresolved'),
      cluster('closed', closed),
      cluster('peer', inbound),
      cluster('sidecar', closed + 1),
    ];
    await using _envoy = await RunningEnvoy.open({ static_resources: { listeners, clusters } }, port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = async (host: string, path = '/'): Promise<string> => {
      const { statusCode, headers } = await ask(agent, port, host, { method: 'GET', path, headers: [] });
      return `${statusCode} ${String(toldBy(headers) ?? '-').replace(/why=.*/, 'why=…')}`;
    };
    const half = new Set<string>();
    for (let i = 0; i < 40; i++) half.add((await get('half')).replace(/forged.*/, 'forged'));
    expect([...half].sort()).toEqual(['200 upstream-connect; forged', '500 no-backend; route=n/r/0']);
    expect(await get('missing')).toBe('500 no-backend; route=n/r/0');
    expect(await get('empty')).toBe('503 no-healthy-upstream; cluster=empty');
    expect(await get('refused')).toBe('503 upstream-connect; cluster=closed; attempts=2; why=…');
    expect(await get('once')).toBe('503 upstream-connect; cluster=closed; attempts=1; why=…');
    expect(await get('absent')).toBe('500 no-cluster; route=n/r/0');
    expect(await get('slow', '/slow')).toBe('504 timeout; route=n/r/0; by=');
    expect(await get('peer')).toBe('503 upstream-connect; cluster=closed; why=…');
    expect(await get('forged')).toBe('200 -');
    expect(await get('unknown')).toBe('404 no-route; host=unknown');
    agent.destroy();
    slow.closeAllConnections();
    slow.close();
  });
});
