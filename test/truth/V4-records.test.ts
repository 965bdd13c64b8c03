// V4 and V9: records of what the mesh answered itself and of what failed, to the unit; every id in weft-reason leads to its record.
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PeerView, RecordsView, RecordView } from '../../src/api/index.ts';
import { applied, type LabAnswer, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { requestOf } from '../kit/reason.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let up: Program;
let web: LabCaller;
const AT = 'http://lab.shop.mesh';

/** A Service of connections without requests. */
const bytes = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { selector: { app: name }, ports: [{ name: 'tcp', port: 90, targetPort: 8080, appProtocol: 'tcp' }] },
});

beforeAll(async () => {
  mesh = TestMesh.open();
  up = await mesh.up();
  await mesh.apply([serviceDocument('lab', { app: 'lab' }), serviceDocument('empty', { app: 'empty' }), bytes('raw'), bytes('gone')]);
  const [caller, pool] = await Promise.all([
    LabCaller.start(mesh, { name: 'web' }),
    LabCaller.start(mesh, { name: 'pool' }),
    startLab(mesh, 'lab'),
    startLab(mesh, 'raw', { protocol: 'tcp', source: join(import.meta.dirname, '../kit/lab-tcp.js') }),
  ]);
  web = caller;
  // A connection that stays open, as to a database, is to be seen while it lives.
  await eventually('an open connection', async () => ((await pool.dial('kept', 'raw.shop.mesh', 90, 'hello\n')).open ? true : undefined));
  await web.until(`${AT}/`, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const find = (query: object) => mesh.call<RecordsView>('/weft/v1/records', { method: 'POST', body: { limit: 1000, ...query } });

/** Records of these ids made by whoever decided, once there are as many as ids. */
async function deciding(ids: readonly string[], side: RecordView['side']): Promise<readonly RecordView[]> {
  const wanted = new Set(ids);
  return eventually(`records of ${ids.length} requests`, async () => {
    const found = (await find({ side })).items.filter(({ request }) => wanted.has(request));
    return new Set(found.map(({ request }) => request)).size === wanted.size ? found : undefined;
  });
}

interface Case {
  readonly what: string;
  readonly url: string;
  readonly count: number;
  readonly side: RecordView['side'];
  readonly status: number;
  readonly cause: string;
  readonly policy?: string;
  readonly records?: number;
}

const CASES: readonly Case[] = [
  { what: 'failed on purpose', url: `${AT}/fault/{n}`, count: 40, side: 'inbound', status: 418, cause: 'fault', policy: 'FaultPolicy shop/lab' },
  { what: 'limited', url: `${AT}/limited/{n}`, count: 25, side: 'inbound', status: 429, cause: 'rate-limited', policy: 'RateLimitPolicy shop/lab' },
  { what: 'timed out', url: `${AT}/delay/5000`, count: 6, side: 'outbound', status: 504, cause: 'timeout', policy: 'TimeoutPolicy shop/lab' },
  { what: 'no endpoint', url: 'http://empty.shop.mesh/{n}', count: 12, side: 'outbound', status: 503, cause: 'no-healthy-upstream' },
  { what: 'no service', url: 'http://nobody.shop.mesh/{n}', count: 9, side: 'outbound', status: 503, cause: 'no-route' },
  { what: 'broken off', url: `${AT}/break/1000/{n}`, count: 5, side: 'outbound', status: 503, cause: 'upstream-reset' },
];

test('V4 every answer of the mesh has one record, which says what the answer says; the applications’ errors have theirs', async () => {
  await applied(mesh, policyFor('FaultPolicy', 'lab', { for: '1h', faults: [{ match: { pathPrefix: '/fault' }, abort: { status: 418 } }] }));
  await applied(mesh, policyFor('TimeoutPolicy', 'lab', { request: '500ms' }));
  await applied(mesh, policyFor('RateLimitPolicy', 'lab', { limits: [{ name: 'once', match: { pathPrefix: '/limited' }, requests: 1, per: '1h' }] }));
  // the bucket is emptied first, so that all that follow are limited
  await web.until(`${AT}/limited/first`, ({ status }) => status === 429);
  for (const { what, url, count, side, status, cause, policy = '' } of CASES) {
    const answers = await web.many({ url }, count, 4);
    const seen = new Map<string, LabAnswer>(answers.map((answer) => [requestOf(answer.headers), answer]));
    expect([what, seen.size, new Set(answers.map((answer) => answer.status))]).toEqual([what, count, new Set([status])]);
    const records = await deciding([...seen.keys()], side);
    expect([what, records.length]).toEqual([what, count]);
    expect(new Set(records.map((record) => `${record.status} ${record.cause} ${record.policy}`))).toEqual(new Set([`${status} ${cause} ${policy}`]));
    expect(new Set(records.map(({ source }) => source))).toEqual(new Set(['spiffe://example.mesh/ns/shop/sa/web']));
    for (const record of records) expect(seen.get(record.request)?.headers['weft-reason']).toContain(record.reason);
  }
  const failed = await web.many({ url: `${AT}/flaky/1000/500/{n}` }, 30, 4);
  expect(new Set(failed.map(({ status }) => status))).toEqual(new Set([500]));
  const ofApplication = await eventually('records of the application’s errors', async () => {
    const { items } = await find({ path: '/flaky/', side: 'inbound', status: '500' });
    return items.length >= 30 ? items : undefined;
  });
  expect([ofApplication.length, new Set(ofApplication.map(({ cause, own }) => `${cause}${own}`))]).toEqual([30, new Set(['false'])]);
});

test('V9 an id leads to hop, cause, policy and line, and says when the document has changed since', async () => {
  const answer = await web.call(`${AT}/fault/me`);
  const id = requestOf(answer.headers);
  await deciding([id], 'inbound');
  const told = await mesh.run(['explain', '--request', id.slice(0, 13)]);
  expect([told.code, told.stdout]).toEqual([0, expect.stringMatching(/^failed on purpose at shop\/lab \(inbound\) .* FaultPolicy shop\/lab/)]);
  const json = JSON.parse((await mesh.run(['explain', '--request', answer.headers['weft-reason'] ?? '', '-o', 'json'])).stdout) as {
    readonly parts: readonly { readonly kind: string; readonly state: string }[];
  };
  expect(json.parts).toEqual([expect.objectContaining({ kind: 'FaultPolicy', state: 'unchanged' })]);
  await applied(mesh, policyFor('FaultPolicy', 'lab', { for: '2h', faults: [{ match: { pathPrefix: '/fault' }, abort: { status: 418 } }] }));
  expect((await mesh.run(['explain', '--request', id])).stdout).toContain('has changed since then');
  const unknown = await mesh.run(['explain', '--request', 'ffffffff-0000']);
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('no request whose id begins with')]);
});

test('V4 a sample of what went well, the same requests at both ends; values of queries and secrets are nowhere', async () => {
  const answers = await web.many(
    { url: `${AT}/count/{n}?card=4111111111111111`, headers: { authorization: 'Bearer s3cr3t-of-web', cookie: 'session=s3cr3t' } },
    3000,
    16,
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const both = await eventually('samples of both ends', async () => {
    const [out, into] = await Promise.all((['outbound', 'inbound'] as const).map(async (side) => (await find({ side, path: '/count/', status: '200' })).items));
    const ids = (items: readonly RecordView[] = []) => items.map(({ request }) => request).sort();
    return out !== undefined && out.length > 0 && JSON.stringify(ids(out)) === JSON.stringify(ids(into)) ? { out, into } : undefined;
  });
  // 1 % of 3000; outside of 4 to 90 once in 10⁹ runs and less
  expect(both.out.length).toBeGreaterThan(4);
  expect(both.out.length).toBeLessThan(90);
  expect(JSON.stringify(both)).not.toMatch(/4111|s3cr3t/);
  expect(both.out[0]?.path).toMatch(/^\/count\/\d+\?card=…$/);
});

test('V4 hostile text is kept and printed harmlessly', async () => {
  const path = `/fault/${encodeURIComponent('<img src=x onerror=alert(1)>')}%1b[31m${'a'.repeat(20_000)}`;
  const answer = await web.call(`${AT}${path}`, {
    headers: { 'user-agent': '\u001b]0;owned\u0007'.replace(/[^ -~]/g, '?'), 'x-request-id': 'forged"; policy=none\u00ff' },
  });
  expect(answer.status).toBe(418);
  const record = await eventually('the record', async () => (await find({ path: '/fault/%3Cimg' })).items.at(-1));
  expect(record.path.length).toBeLessThanOrEqual(1024);
  const listed = await mesh.run(['requests', '-o', 'wide', '--since', '10m', '--limit', '1000']);
  expect(listed.code).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(listed.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test('V4 connections that ended, one line for both ends; one that nobody takes says why', async () => {
  const dial = async (name: string) => {
    const { open } = await web.dial(name, 'raw.shop.mesh', 90, 'hello\n');
    await web.hangUp(name);
    return open ? true : undefined;
  };
  await eventually('an answer', () => dial('first'));
  let again = 0;
  const peer = await eventually('its line', async () => {
    // One that is hung up before its handshake is over is no connection between the two.
    await dial(`again-${again++}`);
    const { items } = await mesh.call<{ readonly items: readonly PeerView[] }>('/weft/v1/records/peers', { method: 'POST', body: {} });
    return items.find(({ service, connections }) => service === 'shop/raw' && connections >= 6);
  });
  expect([peer.security, peer.source, peer.port]).toEqual(['mtls', 'spiffe://example.mesh/ns/shop/sa/web', 8080]);
  await eventually(
    'the open connection',
    async () => {
      const { items } = await mesh.call<{ readonly items: readonly PeerView[] }>('/weft/v1/records/peers', { method: 'POST', body: {} });
      return items.find(({ source, security }) => source.endsWith('/sa/pool') && security === 'mtls');
    },
    1200,
  );
  expect((await web.dial('nobody', 'gone.shop.mesh', 90, 'hello\n')).open).toBe(false);
  const record = await eventually('its record', async () => (await find({ service: 'shop/gone', side: 'outbound' })).items.at(-1));
  expect([record.cause, record.source, record.port, record.request]).toEqual(['no-healthy-upstream', 'spiffe://example.mesh/ns/shop/sa/web', 90, '']);
});

test('V4 without a control plane requests go on, and records come again with it', async () => {
  up.child.kill('SIGKILL');
  await once(up.child, 'exit');
  const answers = await web.many({ url: `${AT}/fault/{n}` }, 200, 8);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([418]));
  up = await mesh.up();
  await eventually('records of now', async () => {
    await web.call(`${AT}/fault/again`);
    return (await find({ path: '/fault/again' })).items.length > 0 ? true : undefined;
  });
  // those from before are still there
  expect((await find({ path: '/fault/me' })).items.length).toBeGreaterThan(0);
});
