// V5: a live tap shows exactly the requests that match, at both ends; what it does not show it counts; and it switches itself off, whoever dies.
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TapRequest, TapSide } from '../../src/api/index.ts';
import { getOverUnix } from '../../src/machine/unix-http.ts';
import { type LabAnswer, LabCaller, startLab } from '../kit/lab.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { TapReader } from '../kit/tap.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let up: Program;
let web: LabCaller;
let other: LabCaller;
let admins: readonly string[];
const AT = 'http://checkout.shop.mesh';
const VERSIONS = ['v1', 'v2', 'v3'];

interface Workloads {
  readonly items: readonly { readonly spec: { readonly proxy: { readonly capture: { readonly directory?: string } } } }[];
}

beforeAll(async () => {
  mesh = TestMesh.open();
  up = await mesh.up();
  await mesh.apply([serviceDocument('checkout', { app: 'checkout' }), serviceDocument('empty', { app: 'empty' })]);
  const [first, second] = await Promise.all([
    LabCaller.start(mesh, { name: 'web' }),
    LabCaller.start(mesh, { name: 'other' }),
    ...VERSIONS.map((version) => startLab(mesh, 'checkout', { version })),
  ]);
  [web, other] = [first, second];
  await web.until(`${AT}/`, ({ status }) => status === 200);
  await other.until(`${AT}/`, ({ status }) => status === 200);
  const { items } = await mesh.call<Workloads>('/apis/weft.dev/v1alpha1/namespaces/shop/workloads');
  admins = items.map(({ spec }) => join(spec.proxy.capture.directory ?? '', 'admin.sock'));
}, 180_000);

afterAll(() => mesh[Symbol.asyncDispose]());

const ids = (requests: readonly TapRequest[], side: TapSide): readonly string[] =>
  requests
    .filter((each) => each.side === side)
    .map(({ request }) => request)
    .sort();

/** Names of the requests as their callers gave them. */
const named = (prefix: string, count: number): readonly string[] => Array.from({ length: count }, (_, n) => `${prefix}-${n}`).sort();

/** `count` requests, the id of each is `PREFIX-N`. */
async function load(caller: LabCaller, prefix: string, count: number, path: string): Promise<readonly LabAnswer[]> {
  const one = (n: number) => caller.call(`${AT}${path}`, { headers: { 'x-request-id': `${prefix}-${n}` } });
  const answers: LabAnswer[] = [];
  for (let n = 0; n < count; n += 10) answers.push(...(await Promise.all(Array.from({ length: Math.min(10, count - n) }, (_, k) => one(n + k)))));
  return answers;
}

/** What every Envoy's runtime says of taps. */
async function lent(): Promise<number> {
  const pages = await Promise.all(admins.map(async (admin) => (await getOverUnix(admin, '/runtime'))?.body ?? ''));
  return pages.filter((page) => page.includes('weft.tapped')).length;
}

async function listenerChanges(): Promise<string> {
  const pages = await Promise.all(admins.map(async (admin) => (await getOverUnix(admin, '/stats?filter=listener_manager.listener_'))?.body ?? ''));
  return pages.map((page) => (page.match(/listener_(?:added|modified|removed|in_place_updated): \d+/g) ?? []).join(' ')).join('\n');
}

test('V5 filters show exactly the requests that match, at both ends, of all instances', async () => {
  const before = await listenerChanges();
  await using paid = await TapReader.open(mesh, { service: 'shop/checkout', from: 'shop/web', path: '/count/pay', maxRps: 1000 }, 4);
  await using broken = await TapReader.open(mesh, { service: 'shop/checkout', from: 'shop/web', status: '5xx', method: 'GET', maxRps: 1000 }, 4);
  await Promise.all([
    load(web, 'pay', 240, '/count/pay?card=4111111111111111'),
    load(web, 'else', 60, '/count/else'),
    load(web, 'bad', 40, '/flaky/1000/503/key'),
    load(other, 'foreign', 60, '/count/pay'),
  ]);
  await Promise.all([paid.until(480), broken.until(80)]);
  expect([paid.dropped, broken.dropped]).toEqual([0, 0]);
  expect(ids(paid.requests, 'outbound')).toEqual(named('pay', 240));
  expect(ids(paid.requests, 'inbound')).toEqual(named('pay', 240));
  expect(ids(broken.requests, 'outbound')).toEqual(named('bad', 40));
  expect(ids(broken.requests, 'inbound')).toEqual(named('bad', 40));
  const arrived = paid.requests.filter(({ side }) => side === 'inbound');
  expect(new Set(arrived.map(({ destination }) => destination.workload)).size).toBe(VERSIONS.length);
  expect(new Set(arrived.map(({ source }) => source.principal))).toEqual(new Set(['spiffe://example.mesh/ns/shop/sa/web']));
  expect(new Set(paid.requests.map(({ path, method, status, secured }) => `${method} ${path} ${status} ${secured}`))).toEqual(
    new Set(['GET /count/pay?card=… 200 true']),
  );
  for (const { durationUs, upstreamUs } of paid.requests) {
    expect(durationUs).toBeGreaterThan(0);
    expect(upstreamUs).toBeLessThanOrEqual(durationUs);
  }
  expect(await listenerChanges()).toBe(before);
});

test('V5 without a caller only who serves is asked, and failures of callers are there all the same', async () => {
  await using tap = await TapReader.open(mesh, { service: 'shop/checkout', path: '/flaky', maxRps: 1000 }, 3);
  await load(other, 'ok', 20, '/flaky/0/500/fine');
  await load(other, 'failed', 20, '/flaky/1000/500/never');
  await tap.until(60);
  expect(ids(tap.requests, 'inbound')).toEqual([...named('failed', 20), ...named('ok', 20)]);
  expect(ids(tap.requests, 'outbound')).toEqual(named('failed', 20));
  await using nobody = await TapReader.open(mesh, { service: 'shop/empty' }, 0);
  await other.many({ url: 'http://empty.shop.mesh/lost' }, 5);
  await nobody.until(5);
  expect(nobody.requests.map(({ side, cause, path }) => `${side} ${cause} ${path}`)).toEqual(Array(5).fill('outbound no-healthy-upstream /lost'));
});

test('V5 what is more than max-rps is counted', async () => {
  await using tap = await TapReader.open(mesh, { service: 'shop/checkout', side: 'inbound', path: '/count/flood', maxRps: 20 }, 3);
  await web.many({ url: `${AT}/count/flood` }, 800, 16);
  await tap.until(800);
  expect(tap.requests.length + tap.dropped).toBe(800);
  expect(tap.requests.length).toBeGreaterThanOrEqual(20);
  expect(tap.dropped).toBeGreaterThan(0);
});

test('V5 headers only when they are asked for, secrets in none', async () => {
  await using tap = await TapReader.open(mesh, { service: 'shop/checkout', path: '/count/head', headers: 'true' }, 3);
  await using plain = await TapReader.open(mesh, { service: 'shop/checkout', path: '/count/head' }, 3);
  const headers = { authorization: 'Bearer s3cr3t-of-web', cookie: 'session=s3cr3t', 'accept-language': 'de', 'user-agent': `\u00ff<b>${'x'.repeat(3000)}` };
  await web.call(`${AT}/count/head`, { headers });
  await Promise.all([tap.until(1), plain.until(1)]);
  expect(tap.requests[0]?.requestHeaders).toMatchObject({ authorization: '…', cookie: '…', 'accept-language': 'de' });
  expect(tap.requests[0]?.requestHeaders?.['user-agent']?.length).toBeLessThanOrEqual(512);
  expect(tap.requests[0]?.responseHeaders).toMatchObject({ date: expect.any(String) });
  expect(JSON.stringify(tap.lines)).not.toContain('s3cr3t');
  expect(plain.requests[0]).not.toHaveProperty('requestHeaders');
});

test('V5 weft tap shows them; killed, it leaves nothing on', async () => {
  const cli = mesh.weft(['tap', 'service/checkout', '-n', 'shop', '--from', 'web', '--path', '/count/cli', '--max-rps', '1000', '-o', 'json']);
  await cli.printed(/4 proxies tell/);
  const table = mesh.weft(['tap', 'svc/shop/checkout', '--path', '/count/cli', '--status', '2xx', '--headers']);
  await table.printed(/3 proxies tell/);
  expect(await lent()).toBe(4);
  await load(web, 'cli', 30, '/count/cli/%3Cscript%3E?a=b');
  const shown = () =>
    cli
      .words()
      .split('\n')
      .filter((line) => line.startsWith('{'));
  await eventually('60 lines', async () => (shown().length >= 60 ? true : undefined));
  const requests = shown().map((line) => JSON.parse(line) as TapRequest);
  expect([ids(requests, 'outbound'), ids(requests, 'inbound')]).toEqual([named('cli', 30), named('cli', 30)]);
  await table.printed(/→ in +shop\/web +shop\/checkout-\S+ +200 .* GET \/count\/cli/);
  await table.printed(/> user-agent|> x-request-id: cli-/);
  table.child.kill('SIGINT');
  const [code] = (await once(table.child, 'exit')) as [number];
  expect(code).toBe(130);
  cli.child.kill('SIGKILL');
  await eventually('the end of what was lent', async () => ((await lent()) === 0 ? true : undefined));
  const { items } = await mesh.call<{ readonly items: readonly { readonly verb: string; readonly what: string; readonly result: string }[] }>(
    '/weft/v1/audit?limit=1000',
  );
  const own = items.filter(({ verb }) => verb === 'tap').map(({ what, result }) => `${what}: ${result}`);
  expect(own).toContain('tap service/shop/checkout from shop/web: began');
  expect(own).toContain('tap service/shop/checkout from shop/web: ended after 60 requests');
});

test('V5 a control plane that dies leaves nothing on, and no request is lost', async () => {
  expect(await lent()).toBe(0);
  const tap = await TapReader.open(mesh, { service: 'shop/checkout', from: 'shop/web', maxRps: 1 }, 4);
  expect(await lent()).toBe(4);
  up.child.kill('SIGKILL');
  await once(up.child, 'exit');
  const statuses = new Set<number>();
  await eventually(
    'the end of what was lent',
    async () => {
      for (const { status } of await web.many({ url: `${AT}/count/alone` }, 50, 8)) statuses.add(status);
      return (await lent()) === 0 ? true : undefined;
    },
    1200,
  );
  expect(statuses).toEqual(new Set([200]));
  await tap[Symbol.asyncDispose]();
  up = await mesh.up();
  await using again = await TapReader.open(mesh, { service: 'shop/checkout', path: '/count/back' }, 3);
  await load(web, 'back', 10, '/count/back');
  await again.until(10);
  expect(ids(again.requests, 'inbound')).toEqual(named('back', 10));
});
