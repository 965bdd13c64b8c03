// V1: for a known mix of requests and connections every counter of both proxies is the load generator's own count, to the unit; so are the access log
// of all (V4), the spans of all (V3) and the records of what failed. By default 1,000 requests; WEFT_TEST_METRIC_REQUESTS=10000 is the full size.
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EdgesView, MetricsKeptView, PeerView, SeriesView, StatView } from '../../src/api/index.ts';
import { GOLDEN } from '../../src/envoy/index.ts';
import { added, caughtUp, goldenSeries, REQUESTS_COUNTED, type Series, summed } from '../kit/golden.ts';
import { AT, countOf, expected, headersOf, MIX, REQUESTS, total } from '../kit/known-mix.ts';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';
import { outcomesOf, recordsOf, toldSince } from '../kit/told.ts';

const WEB = 'spiffe://example.mesh/ns/shop/sa/web';
const LAB = 'spiffe://example.mesh/ns/shop/sa/lab';

let mesh: TestMesh;
let web: LabCaller;
let lab: Program;
let up: Program;
let raw: Program;
/** When the mix began, epoch ms. */
let began = 0;

beforeAll(async () => {
  mesh = TestMesh.open();
  up = await mesh.up();
  const tcp = [{ name: 'tcp', port: 90, targetPort: 8080, appProtocol: 'tcp' }];
  await mesh.apply([
    serviceDocument('lab', { app: 'lab' }),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'raw', namespace: 'shop' }, spec: { selector: { app: 'raw' }, ports: tcp } },
  ]);
  [web, lab, raw] = await Promise.all([
    LabCaller.start(mesh, { name: 'web' }),
    startLab(mesh, 'lab'),
    startLab(mesh, 'raw', { protocol: 'tcp', source: join(import.meta.dirname, '../kit/lab-tcp.js') }),
  ]);
  await applied(mesh, policyFor('TimeoutPolicy', 'lab', { request: '400ms' }));
  await applied(mesh, policyFor('FaultPolicy', 'lab', { for: '5h', faults: [{ match: { pathPrefix: '/fault' }, abort: { status: 418 } }] }));
  await applied(mesh, policyFor('RateLimitPolicy', 'lab', { limits: [{ name: 'once', match: { pathPrefix: '/limited' }, requests: 1, per: '5h' }] }));
  await applied(mesh, policyFor('AuthorizationPolicy', 'lab', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/denied*'] } }] }] }));
  await applied(mesh, policyFor('TelemetryPolicy', 'lab', { accessLogs: { to: [{ type: 'File', path: 'all.log' }] }, tracing: { percent: 100 } }));
  await web.until(`${AT}/denied`, ({ status }) => status === 403);
  await web.until(`${AT}/limited`, ({ status }) => status === 429);
  await web.until(`${AT}/fault`, ({ status }) => status === 418);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const ANSWER = ['response_code', 'response_flags', 'grpc_response_status'];
const REFUSAL = ['blame', 'response_code_details'];

/** A proxy's threads hear one after the other that they are to tell all: until they do. */
function telling(): Promise<true> {
  return eventually('all is told of some requests', async () => {
    const at = Date.now();
    await web.many({ url: `${AT}/bytes/1` }, 32, 16);
    return eventually(
      'their lines and spans',
      async () => (toldSince(mesh, at).lines.length === 32 && toldSince(mesh, at).spans.length === 64 ? true : undefined),
      40,
    ).catch(() => undefined);
  });
}

/** Numbers between two readings of a proxy. */
const between = (before: readonly Series[], after: readonly Series[], name: string, labels: readonly string[]) =>
  added(summed(before, name, labels), summed(after, name, labels));

/** Reads until so much was added, and a moment more would show if it were too much. */
function reading(program: Program, before: readonly Series[], name: string, count: number): Promise<readonly Series[]> {
  return eventually(
    `${count} of ${name}`,
    async () => {
      const now = await goldenSeries(mesh, program);
      return total(between(before, now, name, [])) >= count ? now : undefined;
    },
    600,
  );
}

/** A reading in which histograms say all. */
function settled(program: Program): Promise<readonly Series[]> {
  return eventually(
    'histograms as far as requests',
    async () => {
      const now = await goldenSeries(mesh, program);
      return caughtUp(now) ? now : undefined;
    },
    600,
  );
}

test('V1 every request is counted once on each side, by answer, protocol, route and the other end', async () => {
  await telling();
  const before = { web: await settled(web.program), lab: await settled(lab) };
  began = Date.now();
  for (const part of MIX) {
    const answers = await web.many({ url: part.url, ...headersOf(part) }, countOf(part), part.share > 20 ? 8 : 4);
    expect([part.what, answers.length, new Set(answers.map(({ status }) => status))]).toEqual([part.what, countOf(part), new Set([part.status])]);
  }
  const [source, destination] = [expected((part) => [part.source]), expected((part) => part.destination)];
  const after = {
    web: await reading(web.program, before.web, REQUESTS_COUNTED, total(source)),
    lab: await reading(lab, before.lab, REQUESTS_COUNTED, total(destination)),
  };
  expect(between(before.web, after.web, REQUESTS_COUNTED, ANSWER)).toEqual(source);
  expect(between(before.lab, after.lab, REQUESTS_COUNTED, ANSWER)).toEqual(destination);
  for (const name of [GOLDEN.durationMs, GOLDEN.requestBytes, GOLDEN.responseBytes]) {
    expect([name, total(between(before.web, after.web, `${name}_count`, []))]).toEqual([name, total(source)]);
    expect([name, total(between(before.lab, after.lab, `${name}_count`, []))]).toEqual([name, total(destination)]);
  }
  const grpc = MIX.filter((part) => part.grpc === true).reduce((sum, part) => sum + countOf(part), 0);
  for (const [was, is, all] of [
    [before.web, after.web, total(source)],
    [before.lab, after.lab, total(destination)],
  ] as const)
    expect(between(was, is, REQUESTS_COUNTED, ['request_protocol'])).toEqual({ grpc, http: all - grpc });
  const ends = ['reporter', 'place', 'destination_service', 'destination_workload', 'destination_principal', 'route_name', 'source_principal'];
  const bySource = `source lab.shop.mesh:80 shop/lab lab/v1 ${LAB} default:shop/lab`;
  expect(between(before.web, after.web, REQUESTS_COUNTED, ends)).toEqual({ [bySource]: total(source) });
  expect(between(before.lab, after.lab, REQUESTS_COUNTED, ['reporter', 'place', 'source_principal'])).toEqual({
    [`destination inbound|8080|| ${WEB}`]: total(destination),
  });
  for (const [by, was, is] of [
    ['source', before.web, after.web],
    ['destination', before.lab, after.lab],
  ] as const) {
    const counted = Object.entries(between(was, is, GOLDEN.refusals, REFUSAL));
    for (const part of MIX.filter((each) => each.refused?.by === by)) {
      const mine = counted.filter(([key]) => key.includes(part.refused?.details ?? '') && key.replaceAll('\\', '').includes(part.refused?.policy ?? ''));
      expect([part.what, mine.reduce((sum, [, count]) => sum + count, 0), counted]).toEqual([part.what, countOf(part), counted]);
    }
    const refused = MIX.filter((each) => each.refused?.by === by).reduce((sum, part) => sum + countOf(part), 0);
    expect(counted.reduce((sum, [, count]) => sum + count, 0)).toBe(refused);
  }
});

test('V1 V3 V4 the access log of all, the spans of all and the records of what failed say the same', async () => {
  const [source, destination] = [expected((part) => [part.source]), expected((part) => part.destination)];
  const { lines, spans } = await eventually(
    'as many lines and spans',
    async () => {
      const told = toldSince(mesh, began);
      return told.lines.length >= total(destination) && told.spans.length >= total(source) + total(destination) ? told : undefined;
    },
    600,
  );
  expect(outcomesOf(lines)).toEqual(destination);
  expect(outcomesOf(spans.filter(({ side }) => side === 'outbound'))).toEqual(source);
  expect(outcomesOf(spans.filter(({ side }) => side === 'inbound'))).toEqual(destination);
  expect(spans.filter(({ side }) => side === 'outbound').reduce((sum, { attempts }) => sum + attempts, 0)).toBe(total(destination));
  const failed = (outcome: string): readonly string[] => (/^(?:200 -(?: 0)?|404 -|0 DR)$/.test(outcome) ? [] : [outcome]);
  // of what went well there is a sample; of a 4xx the called proxy tells, if it answered itself
  const ofSource = expected(({ source: outcome, status }) => (status < 500 && status !== 200 ? [] : failed(outcome)));
  const ofDestination = expected(({ destination: outcomes }) => outcomes.flatMap(failed));
  const records = (await recordsOf(mesh, 0)).filter(({ at }) => Date.parse(at) >= began);
  for (const [side, wanted] of [
    ['outbound', ofSource],
    ['inbound', ofDestination],
  ] as const) {
    const found = outcomesOf(records.filter((record) => record.side === side));
    expect([side, Object.fromEntries(Object.keys(wanted).map((outcome) => [outcome, found[outcome]]))]).toEqual([side, wanted]);
  }
});

/** What the control plane answers, once it has heard of so many requests. */
async function kept<T extends { readonly items: readonly { readonly requests: number }[] }>(path: string, requests: number): Promise<T> {
  return eventually(
    `${requests} requests at ${path}`,
    async () => {
      const view = await mesh.call<T>(path);
      return view.items.reduce((sum, item) => sum + item.requests, 0) >= requests ? view : undefined;
    },
    600,
  );
}

test('V1 what the control plane keeps and answers is what proxies counted, each request once', async () => {
  const own = (all: readonly Series[]): number => [...summed(all, REQUESTS_COUNTED, []).values()].reduce((sum, each) => sum + each, 0);
  const all = own(await settled(web.program));
  const { items } = await kept<StatView>('/weft/v1/stat?since=1h&namespace=shop', all);
  const lab = items.find(({ service }) => service === 'shop/lab');
  expect([lab?.requests, lab?.protocols, lab?.secured]).toEqual([all, ['grpc', 'http'], 1]);
  const failed = expected((part) => (part.status >= 500 ? ['failed'] : []))['failed'] ?? 0;
  expect(lab?.failures).toBeGreaterThanOrEqual(failed);
  const edges = await kept<EdgesView>('/weft/v1/edges?since=1h&namespace=shop', all);
  expect(edges.items.filter(({ destination }) => destination.principal === LAB)).toMatchObject(
    ['http', 'grpc'].map((protocol) => ({ protocol, security: 'mutual_tls', source: { principal: WEB }, destination: { called: 'shop/lab', principal: LAB } })),
  );
  const series = await mesh.call<SeriesView>('/weft/v1/series?since=1h&service=shop/lab&by=code');
  const byCode = Object.fromEntries(series.lines.map(({ name, requests }) => [name, requests.reduce((sum, each) => sum + each, 0)]));
  expect(Object.values(byCode).reduce((sum, each) => sum + each, 0)).toBe(all);
  for (const [name, what] of [
    ['504', 'timed out'],
    ['grpc 7', 'gRPC refused'],
  ] as const)
    expect([name, byCode[name]]).toEqual([name, MIX.filter((part) => part.what === what).reduce((sum, part) => sum + countOf(part), 0)]);
});

test('V1 connections are counted as they come and as they end, with every byte', async () => {
  const count = Math.max(5, Math.round(REQUESTS / 100));
  const before = { web: await goldenSeries(mesh, web.program), raw: await goldenSeries(mesh, raw) };
  let heard = 0;
  for (let n = 0; n < count; n++) {
    const said = 'x'.repeat(n + 1);
    await eventually(`connection ${n} has its answer`, async () => {
      const seen = await web.dial(`c${n}`, 'raw.shop.mesh', 90, said);
      return seen.open ? seen : undefined;
    });
    heard += n + 1;
  }
  const opened = await reading(raw, before.raw, GOLDEN.tcpOpened, count);
  expect(between(before.raw, opened, GOLDEN.tcpOpened, ['reporter', 'place', 'source_principal'])).toEqual({ [`destination inbound|8080|| ${WEB}`]: count });
  expect(between(before.raw, opened, GOLDEN.tcpClosed, [])).toEqual({});
  // the server's word and its echo are read before anybody hangs up
  for (let n = 0; n < count; n++) {
    await eventually(`connection ${n} has heard all`, async () => ((await web.heard(`c${n}`)).got.length === 6 + n + 1 ? true : undefined));
    await web.hangUp(`c${n}`);
  }
  const after = { web: await reading(web.program, before.web, GOLDEN.tcpClosed, count), raw: await reading(raw, before.raw, GOLDEN.tcpClosed, count) };
  for (const [was, is] of [
    [before.web, after.web],
    [before.raw, after.raw],
  ] as const) {
    expect(between(was, is, GOLDEN.tcpOpened, [])).toEqual({ '': count });
    expect(between(was, is, GOLDEN.tcpClosed, [])).toEqual({ '': count });
    expect(between(was, is, GOLDEN.tcpReceived, [])).toEqual({ '': heard });
    expect(between(was, is, GOLDEN.tcpSent, [])).toEqual({ '': heard + count * 'hello\n'.length });
  }
  const peer = await eventually('the line of their ends', async () => {
    const { items } = await mesh.call<{ readonly items: readonly PeerView[] }>('/weft/v1/records/peers', { method: 'POST', body: {} });
    return items.find(({ service, connections }) => service === 'shop/raw' && connections >= count);
  });
  expect([peer.connections, peer.source, peer.security]).toEqual([count, WEB, 'mtls']);
});

/** What the control plane has, once it has everything that the caller's proxy has counted of the service. */
async function toldTo(): Promise<void> {
  const codes = (of: readonly Series[]): Readonly<Record<string, number>> => {
    const sums: Record<string, number> = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0 };
    for (const [key, count] of summed(of, REQUESTS_COUNTED, ['destination_service', 'response_code'])) {
      const [service, code = ''] = key.split(' ');
      const name = code === '0' ? 'none' : `${code[0]}xx`;
      if (service === 'shop/lab') sums[name] = (sums[name] ?? 0) + count;
    }
    return sums;
  };
  const truth = codes(await settled(web.program));
  const found = await eventually(
    `${JSON.stringify(truth)} at the control plane`,
    async () => {
      const { items } = await mesh.call<StatView>('/weft/v1/stat?since=2h&namespace=shop');
      const mine = items.find(({ service }) => service === 'shop/lab');
      return mine !== undefined && mine.requests >= total(truth) ? mine : undefined;
    },
    600,
  );
  expect(found.codes).toEqual(truth);
}

test('V1 the control plane knows what the proxy has counted, also of the time when it was away', async () => {
  await toldTo();
  up.child.kill('SIGKILL');
  await once(up.child, 'exit');
  const answers = await web.many({ url: `${AT}/bytes/10` }, 40, 4);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  up = await mesh.up();
  await toldTo();
});

test('V1 a namespace has the budget that its TelemetryPolicy says, and what is over it is shown', async () => {
  const metrics = { without: ['version'], budget: { series: 2 } };
  const spec = { targetRefs: [{ kind: 'Namespace', name: 'shop' }], metrics };
  await mesh.apply([{ apiVersion: 'weft.dev/v1alpha1', kind: 'TelemetryPolicy', metadata: { name: 'few', namespace: 'shop' }, spec }]);
  const shop = await eventually(
    'the budget',
    async () => {
      await web.many({ url: `${AT}/bytes/10` }, 5);
      const { series } = await mesh.call<MetricsKeptView>('/weft/v1/metrics/kept');
      const found = series.find(({ namespace }) => namespace === 'shop');
      return found?.budget === 2 && found.foldedPoints > 0 ? found : undefined;
    },
    600,
  );
  expect(shop.budget).toBe(2);
  await toldTo();
  const { status } = await mesh.call<{ readonly status?: { readonly conditions: readonly { readonly type: string; readonly status: string }[] } }>(
    '/apis/weft.dev/v1alpha1/namespaces/shop/telemetrypolicies/few',
  );
  expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Accepted', status: 'True' }));
});
