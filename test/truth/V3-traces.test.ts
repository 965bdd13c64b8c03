// V3: every request has its spans, to the unit; parents are right where headers are passed on, and put together where they are not.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BrokenPropagationView, KeptView, MetricsKeptView, SpansKeptView, SpanView, StatView, TracesView, TraceView } from '../../src/api/index.ts';
import { applied, LabCaller } from '../kit/lab.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let web: LabCaller;
const CHAIN = { head: 'w3c', middle: 'w3c', tail: 'none', mute: 'none', zipkin: 'b3' } as const;
const TIMES = 40;

async function startChain(name: keyof typeof CHAIN): Promise<void> {
  const app = ['env', `CHAIN_PASSES=${CHAIN[name]}`, process.execPath, join(import.meta.dirname, '../kit/chain-app.js')];
  await mesh.weft(['run', '--service', name, '--namespace', 'shop', '--port', '8080', '--', ...app]).printed(/ready in/);
}

function traced(percent: number): Promise<void> {
  const spec = { targetRefs: [{ kind: 'Namespace', name: 'shop' }], tracing: { percent, tags: [{ name: 'tenant', header: 'x-tenant' }] } };
  return applied(mesh, { apiVersion: 'weft.dev/v1alpha1', kind: 'TelemetryPolicy', metadata: { name: 'traced', namespace: 'shop' }, spec });
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  const names = Object.keys(CHAIN) as (keyof typeof CHAIN)[];
  await mesh.apply(names.map((name) => serviceDocument(name, { app: name })));
  const [caller] = await Promise.all([LabCaller.start(mesh, { name: 'web' }), ...names.map(startChain)]);
  web = caller;
  await traced(100);
  for (const name of names) await web.until(`http://${name}.shop.mesh/c`, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const found = async (path: string): Promise<TracesView> => mesh.call(`/weft/v1/traces?limit=1000&path=${encodeURIComponent(path)}`);
const traceOf = (id: string): Promise<TraceView> => mesh.call(`/weft/v1/traces/${id}`);

/** The traces of requests of this path, once all of them have as many spans. */
async function traces(path: string, times: number, spans: number): Promise<readonly TraceView[]> {
  return eventually(
    `${times} traces of ${spans} spans for ${path}`,
    async () => {
      const whole = (await found(path)).items.filter((each) => each.spans === spans);
      return whole.length < times ? undefined : Promise.all(whole.map(({ id }) => traceOf(id)));
    },
    600,
  );
}

const shape = ({ tree }: TraceView): readonly string[] => tree.map((span: SpanView) => `${span.side} ${span.workload.split('/')[1]?.replace(/-[^-]*$/, '')}`);

test('V3 with W3C passed on: one trace for each request, six spans, every parent as it was', async () => {
  const answers = await web.many({ url: 'http://head.shop.mesh/c/middle/tail?card=zebra&n={n}', headers: { 'x-tenant': 'acme' } }, TIMES, 4);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const all = await traces('/c/middle/tail', TIMES, 6);
  expect(all.length).toBe(TIMES);
  for (const trace of all) {
    expect(shape(trace)).toEqual(['outbound web', 'inbound head', 'outbound head', 'inbound middle', 'outbound middle', 'inbound tail']);
    expect(trace.tree.map(({ parent }, at) => parent === (trace.tree[at - 1]?.id ?? ''))).toEqual(Array(6).fill(true));
    expect([trace.inferred, trace.orphans, trace.error]).toEqual([0, 0, false]);
    expect(trace.tree.map(({ service }) => service)).toEqual(['shop/web', 'shop/head', 'shop/head', 'shop/middle', 'shop/middle', 'shop/tail']);
    expect(new Set(trace.tree.map(({ trace: id }) => id))).toEqual(new Set([trace.id]));
    expect(trace.tree.map(({ attributes }) => attributes['tenant'])).toEqual(['acme', 'acme', undefined, undefined, undefined, undefined]);
    for (const span of trace.tree) {
      expect([span.status, span.attempts, span.durationUs > 0, span.proxyUs >= 0]).toEqual([200, 1, true, true]);
      expect(span.path).toContain('card=…');
    }
  }
  // each trace is of one request of the load's own count
  expect(new Set(all.map(({ tree }) => tree[0]?.request)).size).toBe(TIMES);
  expect(JSON.stringify(all)).not.toContain('zebra');
});

test('V3 a decision that comes with a request holds, and no decision of nobody’s is made', async () => {
  const parent = (n: string, flags: string): string => `00-${n.padStart(32, '0')}-00000000000000aa-${flags}`;
  await web.call('http://head.shop.mesh/c/middle?no', { headers: { traceparent: parent('b0', '00') } });
  await web.call('http://head.shop.mesh/c/middle?yes', { headers: { traceparent: parent('b1', '01') } });
  const yes = await eventually('the one that is traced', async () => {
    const view = await traceOf(parent('b1', '01').slice(3, 35)).catch(() => undefined);
    return view?.spans === 4 ? view : undefined;
  });
  expect([yes.orphans, yes.tree[0]?.parent]).toEqual([1, '']);
  await expect(traceOf(parent('b0', '00').slice(3, 35))).rejects.toThrow('no trace');
});

test('V3 mute passes nothing on: the whole is put together, marked, and the service is named', async () => {
  const answers = await web.many({ url: 'http://mute.shop.mesh/c/tail?mute={n}' }, TIMES, 1);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const all = await traces('/c/tail?mute', TIMES, 4);
  for (const trace of all) {
    expect(shape(trace)).toEqual(['outbound web', 'inbound mute', 'outbound mute', 'inbound tail']);
    expect(trace.tree.map(({ inferred }) => inferred !== undefined)).toEqual([false, false, true, false]);
    expect(trace.confidence).toBeGreaterThan(0.5);
  }
  const broken = await eventually('the service that passes nothing on', async () => {
    const { items } = await mesh.call<{ items: readonly BrokenPropagationView[] }>('/weft/v1/traces/broken');
    return items.find(({ service, calls }) => service === 'shop/mute' && calls >= TIMES);
  });
  expect([broken.calls, broken.propagated]).toEqual([TIMES, 0]);
});

test('V3 zipkin passes B3 alone on, as it came: its calls have their place for certain, all at once, and it is not named', async () => {
  const headers = { 'x-b3-traceid': '463ac35c9f6413ad48485a3953bb{nnnn}', 'x-b3-spanid': 'a2fb4a1d1a96{nnnn}', 'x-b3-sampled': '1' };
  const of = (n: number) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('{nnnn}', String(1000 + n))]));
  const one = (n: number) => web.call(`http://zipkin.shop.mesh/c/tail?zipkin=${n}`, { headers: of(n) });
  const answers = await Promise.all(Array.from({ length: TIMES }, (_, n) => one(n)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(answers.map((answer) => JSON.parse(answer.headers['x-saw'] ?? '{}').b3)).toEqual(answers.map((_, n) => of(n)['x-b3-traceid']));
  const all = await traces('/c/tail?zipkin', TIMES, 4);
  for (const trace of all) {
    expect(shape(trace)).toEqual(['outbound web', 'inbound zipkin', 'outbound zipkin', 'inbound tail']);
    expect([trace.inferred, trace.confidence, trace.orphans]).toEqual([0, 1, 0]);
    const [b3] = new Set(trace.tree.map((span) => span.b3?.trace));
    expect((await traceOf(b3 ?? '')).id).toBe(trace.id);
  }
  const { items } = await mesh.call<{ items: readonly BrokenPropagationView[] }>('/weft/v1/traces/broken');
  expect(items.map(({ service }) => service)).toEqual(['shop/mute']);
});

/** Of each request another path, host, agent and tag. */
const STRANGE = {
  url: 'http://head.shop.mesh/strange-{n}%22%3E%3Csvg%20onload=alert({n})%3E%1b[31m',
  headers: {
    host: 'h{n}.strange.example',
    'user-agent': '<script>alert({n})</script>',
    'x-tenant': `<img src=x onerror=alert({n})>";DROP \u00e9${'t'.repeat(300)}`,
  },
};
const STRANGERS = 300;

test('V3 values that nobody else has: every request has its spans, all of it is text, and nothing is lost', async () => {
  const losses = async () => {
    const [ofSpans, ofRecords] = await Promise.all([mesh.call<SpansKeptView>('/weft/v1/traces/kept'), mesh.call<KeptView>('/weft/v1/records/kept')]);
    return [ofSpans.lost, ofRecords.lost, ofRecords.losers];
  };
  const before = await losses();
  const answers = await web.many(STRANGE, STRANGERS, 16);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const all = await traces('/strange-', STRANGERS, 2);
  for (const of of [0, 1]) expect(new Set(all.map(({ tree }) => `${tree[of]?.path} ${tree[of]?.host}`)).size).toBe(STRANGERS);
  expect(new Set(all.map(({ tree }) => tree[0]?.attributes['tenant'])).size).toBe(STRANGERS);
  expect(await losses()).toEqual(before);
  const page = await mesh.run(['trace', all[0]?.id ?? '']);
  expect(page.stdout).toContain('onerror=alert(');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(page.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test('V3 weft traces and weft trace tell the same', async () => {
  const list = await mesh.run(['traces', '--service', 'shop/mute', '-o', 'name']);
  const [id = ''] = list.stdout.split('\n');
  const page = await mesh.run(['trace', id]);
  expect([list.code, page.code, page.stderr]).toEqual([0, 0, '']);
  expect(page.stdout).toContain(`trace ${id}`);
  expect(page.stdout).toMatch(/→ shop\/tail {2}GET \/c {2}/);
  const jaeger = JSON.parse((await mesh.run(['trace', id, '-o', 'jaeger'])).stdout) as { readonly data: readonly { readonly spans: readonly unknown[] }[] };
  expect(jaeger.data[0]?.spans.length).toBe((await traceOf(id)).spans);
});

test('V3 a share of the time: the same seconds at every proxy, so that whole trees are traced', async () => {
  await traced(40);
  let sent = 0;
  const whole = await eventually('trees of traced seconds', async () => {
    await web.many({ url: `http://mute.shop.mesh/c/tail?share=${sent++}` }, 5, 1);
    const found = (await mesh.call<TracesView>('/weft/v1/traces?limit=1000&path=%2Fc%2Ftail%3Fshare')).items;
    return found.filter(({ spans }) => spans === 4).length < 10 ? undefined : found;
  });
  const all = await Promise.all(whole.map(({ id }) => traceOf(id)));
  // whoever comes without a decision is traced in these seconds, whichever proxy it is
  const begun = all.flatMap(({ tree }) => tree.filter(({ parent, inferred }) => parent === '' || inferred !== undefined));
  const seconds = new Set(begun.map(({ startUs }) => Math.floor(startUs / 1e6)));
  expect(begun.length).toBeGreaterThan(10);
  expect([...seconds].filter((second) => (second * 7919) % 10_000 >= 4000)).toEqual([]);
});

test('V8 a push is a trace of the service weft: queue, compile, send, and every proxy that acknowledges', async () => {
  const own = 'weft-system/weft';
  const push = await eventually('the push of the policy', async () => {
    const { items } = await mesh.call<TracesView>(`/weft/v1/traces?service=${encodeURIComponent(own)}`);
    return items.find(({ name }) => name.startsWith('push TelemetryPolicy shop/traced'));
  });
  const [whole, ...parts] = (await traceOf(push.id)).tree;
  const proxies = parts.filter(({ name }) => name.endsWith(' acknowledges'));
  expect(parts.slice(0, 3).map(({ name }) => name)).toEqual(['queue', 'compile', 'send']);
  expect(proxies).toHaveLength(Object.keys(CHAIN).length + 1);
  for (const part of parts) {
    expect(part.parent).toBe(whole?.id);
    expect(part.startUs + part.durationUs).toBeLessThanOrEqual((whole?.startUs ?? 0) + (whole?.durationUs ?? 0) + 2);
  }
  expect((await mesh.call<TracesView>('/weft/v1/traces?limit=1000')).items.filter(({ service }) => service === own)).toEqual([]);
  expect((await mesh.run(['traces', '--service', own])).stdout).toContain('push TelemetryPolicy shop/traced');
});

test('V1 none of them is a series of its own', async () => {
  const counted = await eventually('what proxies have counted', async () => {
    const { items } = await mesh.call<StatView>('/weft/v1/stat');
    return items.some(({ requests }) => requests >= STRANGERS) ? mesh.call<MetricsKeptView>('/weft/v1/metrics/kept') : undefined;
  });
  const [shop] = counted.series.filter(({ namespace }) => namespace === 'shop');
  expect(shop?.series).toBeLessThan(100);
  expect(shop?.foldedPoints).toBe(0);
});
