// T4 weighted split, T6 subsets of one Service by label, T7 mirroring: shares with exact bounds (test/kit/binomial.ts).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, Bench } from '../kit/bench-pair.ts';
import { expectShare } from '../kit/binomial.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { toldBy } from '../kit/reason.ts';
import { needs } from '../kit/require.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);

const service = (name: string, selector: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { ${selector} }, ports: [{ name: http, port: 80, targetPort: http, appProtocol: http }] }
---`;
const route = (name: string, rules: string): string => `${service(name, 'app: shop')}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: ${name} }]
  rules: ${rules}
---`;
const subset = (version: string): string => `
apiVersion: weft.dev/v1alpha1
kind: Subset
metadata: { name: ${version}, namespace: shop }
spec: { service: whole, selector: { version: ${version} } }
---`;
const V = (name: string, weight: number, more = ''): string => `{ name: ${name}, port: 80, weight: ${weight}${more} }`;
const S = (name: string, weight: number): string => `{ group: weft.dev, kind: Subset, name: ${name}, port: 80, weight: ${weight} }`;
const mirror = (name: string, share = ''): string => `{ type: RequestMirror, requestMirror: { backendRef: { name: ${name}, port: 80 }${share} } }`;

const DOCUMENTS = [
  service('whole', 'app: shop'),
  service('one', 'version: v1'),
  service('two', 'version: v2'),
  subset('v1'),
  subset('v2'),
  subset('v9'),
  route('split', `[{ backendRefs: [${V('one', 3)}, ${V('two', 1)}, ${V('whole', 0)}] }]`),
  route('part', `[{ backendRefs: [${V('one', 1)}, ${V('nobody', 1)}] }]`),
  route('versions', `[{ backendRefs: [${S('v1', 9)}, ${S('v2', 1)}] }]`),
  route('empty', `[{ backendRefs: [${S('v9', 1)}] }]`),
  route('copied', `[{ filters: [${mirror('two')}, ${mirror('two', ', percent: 30')}, ${mirror('nobody')}], backendRefs: [${V('one', 1)}] }]`),
  route('fraction', `[{ filters: [${mirror('two', ', fraction: { numerator: 1, denominator: 8 }')}], backendRefs: [${V('one', 1)}] }]`),
  route(
    'apart',
    `[{ matches: [{ path: { value: /a } }], backendRefs: [${V('one', 3, ', filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /one } } }]')}, ${V('two', 1, ', filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-two, value: "2" }] } }]')}] }]`,
  ),
  route('sticky', `[{ sessionPersistence: { sessionName: session }, backendRefs: [${V('one', 1)}, ${V('two', 1)}] }]`),
].join('');

const N = 1500;

describe.skipIf(skip)('shares of requests', () => {
  let bench: Bench;
  beforeAll(async () => {
    const apps = ['v1', 'v2'].map((version) => ({ name: `app-${version}`, labels: { app: 'shop', version } }));
    bench = await Bench.open({ documents: DOCUMENTS, apps });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  async function ask(service: string, path = '/') {
    const answers: Answer[] = [];
    for (let n = 0; n < N; n += 50) answers.push(...(await Promise.all(Array.from({ length: 50 }, () => bench.ask(`${service}.shop.mesh`, { path })))));
    return { answers, of: (app: string): number => answers.filter(({ seen }) => seen?.app === app).length };
  }

  test('T4 weighted split: in proportion; 0 gets nothing', async () => {
    const { of } = await ask('split');
    expectShare(of('app-v2'), N, 0.25);
    expect(of('app-v1') + of('app-v2')).toBe(N);
  });

  test('T4 the share of a backend that does not exist is answered with 500', async () => {
    const { answers, of } = await ask('part');
    expectShare(of('app-v1'), N, 0.5);
    const failed = answers.filter(({ status }) => status === 500);
    expect(failed.length + of('app-v1')).toBe(N);
    expect(new Set(failed.map(({ headers }) => toldBy(headers)))).toEqual(new Set(['no-backend; route=shop/part/0']));
  });

  test('T4 filters of one backend, also such as only routes have, hold for its share alone', async () => {
    const { answers, of } = await ask('apart', '/a/b');
    expectShare(of('app-v2'), N, 0.25);
    for (const { seen } of answers) expect([seen?.url, seen?.headers['x-two']]).toEqual(seen?.app === 'app-v1' ? ['/one/b', undefined] : ['/a/b', '2']);
  });

  test('T6 subsets: versions of one Service without Services of their own; an empty one is unavailable', async () => {
    const { of } = await ask('versions');
    expectShare(of('app-v2'), N, 0.1);
    expect(of('app-v1') + of('app-v2')).toBe(N);
    expect((await bench.ask('empty.shop.mesh')).status).toBe(503);
  });

  test('T7 mirroring to several targets, each with its share; a target that does not exist is dropped', async () => {
    for (const [service, shares] of [
      ['copied', [1, 0.3]],
      ['fraction', [1 / 8]],
    ] as const) {
      const before = bench.arrivals.length;
      const { of } = await ask(service);
      expect(of('app-v1')).toBe(N);
      const copies = () => bench.arrivals.slice(before).filter(({ app }) => app === 'app-v2');
      // The last copies may still be under way.
      for (let n = 0, seen = -1; n < 20 && seen !== copies().length; n++) {
        seen = copies().length;
        await new Promise((done) => setTimeout(done, 100));
      }
      const [always, sometimes] = shares.length === 2 ? [N, shares[1]] : [0, shares[0]];
      expectShare(copies().length - always, N, sometimes);
      expect(copies()[0]?.headers['host']).toBe(`${service}.shop.mesh`);
    }
  });

  test('T13 a session stays with its endpoint, also where backends have weights', async () => {
    const apps = new Set<string | undefined>();
    for (let session = 0; session < 20; session++) {
      const first = await bench.ask('sticky.shop.mesh');
      const cookies = (first.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]);
      expect(cookies.map((cookie) => cookie?.split('=')[0]).sort()).toEqual(['session', 'session-arm']);
      for (let n = 0; n < 5; n++) {
        const again = await bench.ask('sticky.shop.mesh', { headers: { cookie: cookies.join('; ') } });
        expect(again.seen?.app).toBe(first.seen?.app);
      }
      apps.add(first.seen?.app);
    }
    expect(apps.size).toBe(2);
  });
});
