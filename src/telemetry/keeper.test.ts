import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { afterEach, expect, test } from 'vitest';
import type { HTTPAccessLogEntrySchema, TCPAccessLogEntrySchema } from '#gen/envoy/data/accesslog/v3/accesslog_pb.js';
import { StreamAccessLogsMessageSchema } from '#gen/envoy/service/accesslog/v3/als_pb.js';
import { Keeper } from './keeper.ts';
import type { Sender } from './sender.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function fileOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-records-'));
  folders.push(folder);
  return join(folder, 'telemetry.db');
}

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const open = (file: string, more: { readonly budgetBytes?: number; readonly now?: () => number } = {}): Keeper =>
  new Keeper({ file, budgetBytes: 64 * 1024 * 1024, keepMs: 7 * 86_400_000, now: () => NOW, ...more });
const sender: Sender = {
  proxy: 'shop/ledger-1',
  identity: 'spiffe://example.mesh/ns/shop/sa/ledger',
  service: 'shop/ledger',
  ports: { 15010: 8080 },
  revision: 7,
};
const startTime = { seconds: BigInt(NOW / 1000), nanos: 0 };
const web = { peerCertificateProperties: { subjectAltName: [{ san: { case: 'uri' as const, value: 'spiffe://example.mesh/ns/shop/sa/web' } }] } };
const at = (address: string, port: number) => ({
  address: { case: 'socketAddress' as const, value: { address, portSpecifier: { case: 'portValue' as const, value: port } } },
});

const requests = (logEntry: MessageInitShape<typeof HTTPAccessLogEntrySchema>[]): Uint8Array =>
  toBinary(StreamAccessLogsMessageSchema, create(StreamAccessLogsMessageSchema, { logEntries: { case: 'httpLogs', value: { logEntry } } }));
const connections = (logEntry: MessageInitShape<typeof TCPAccessLogEntrySchema>[]): Uint8Array =>
  toBinary(StreamAccessLogsMessageSchema, create(StreamAccessLogsMessageSchema, { logEntries: { case: 'tcpLogs', value: { logEntry } } }));

const request = (
  id: string,
  path = '/pay?card=1',
  reason = '',
  authorization: Readonly<Record<string, string>> = {},
): MessageInitShape<typeof HTTPAccessLogEntrySchema> => ({
  commonProperties: {
    startTime,
    tlsProperties: web,
    routeName: 'inbound:8080',
    metadata: { filterMetadata: { 'envoy.filters.http.rbac': authorization } },
  },
  request: { requestId: id, path, authority: 'ledger.shop.mesh', requestMethod: 1 },
  response: {
    responseCode: reason === '' ? 200 : 403,
    responseCodeDetails: reason === '' ? 'via_upstream' : 'rbac',
    responseHeaders: { 'weft-reason': reason },
  },
});

test('a refusal: cause, policy, both ends; found by the beginning of its id, also after a restart', () => {
  const file = fileOf();
  {
    using keeper = open(file);
    keeper.take('inbound', sender, requests([request('9f3c0000-1', '/pay?card=1', 'authz-denied; policy=shop/strict#0; request=9f3c0000-1')]));
  }
  using keeper = open(file);
  const { items } = keeper.find({ request: '9f3c', limit: 10 });
  expect(items).toMatchObject([
    {
      cause: 'authz-denied',
      reason: 'authz-denied; policy=shop/strict#0',
      policy: 'shop/strict#0',
      status: 403,
      path: '/pay?card=…',
      own: true,
      port: 8080,
      service: 'shop/ledger',
    },
  ]);
  expect(keeper.find({ request: '9f3d', limit: 10 }).items).toEqual([]);
  expect(keeper.uses(0)).toMatchObject([{ outcome: 'denied', policy: 'shop/strict#0', path: '/pay', count: 1 }]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('connections with the same ends are one line: who speaks plaintext, from where, to which port', () => {
  using keeper = open(fileOf());
  const plain = { commonProperties: { startTime, downstreamRemoteAddress: at('192.0.2.7', 4711), downstreamLocalAddress: at('127.0.0.1', 15010) } };
  const secured = { commonProperties: { ...plain.commonProperties, tlsProperties: web } };
  const refused = { commonProperties: { ...plain.commonProperties, downstreamTransportFailureReason: 'TLS_error: WRONG_VERSION_NUMBER' } };
  keeper.take('connection', sender, connections([plain, plain, secured, refused]));
  expect(keeper.peers(0).map(({ security, source, address, port, connections }) => [security, source, address, port, connections])).toEqual([
    ['refused', '', '192.0.2.7', 8080, 1],
    ['plaintext', '', '192.0.2.7', 8080, 2],
    ['mtls', 'spiffe://example.mesh/ns/shop/sa/web', '', 8080, 1],
  ]);
  // what went well is a line; only what did not is a record
  expect(keeper.find({ limit: 10 }).items.map(({ cause }) => cause)).toEqual(['handshake']);
});

test('what was agreed upon is told of a line, in a file of the release before as well', () => {
  const file = fileOf();
  const agreed = 'TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768';
  const one = (tls: string) => connections([{ commonProperties: { startTime, tlsProperties: web, customTags: { tls } } }]);
  open(file)[Symbol.dispose]();
  const before = new DatabaseSync(file);
  before.exec('ALTER TABLE peer DROP COLUMN tls; PRAGMA user_version = 1;');
  before.close();
  using keeper = open(file);
  expect(keeper.putAside).toBeUndefined();
  for (const tls of ['- - -', agreed, '']) keeper.take('connection', sender, one(tls));
  expect(keeper.peers(0).map(({ tls, connections: count }) => [tls, count])).toEqual([[agreed, 3]]);
});

test('a proxy that sends too much loses the rest, and it is counted; so is what cannot be read', () => {
  using keeper = open(fileOf());
  keeper.take('inbound', sender, requests(Array.from({ length: 12_000 }, (_, n) => request(`many-${n}`))));
  keeper.take('inbound', { ...sender, proxy: 'shop/other' }, requests([request('other')]));
  keeper.take('inbound', sender, new Uint8Array([255, 255, 1]));
  const { records, lost, losers } = keeper.kept();
  expect([records, lost, losers]).toEqual([10_001, { tooMany: 2000, unreadable: 1, notStored: 0 }, [{ proxy: 'shop/ledger-1', lost: 2001 }]]);
});

test('the file keeps within its budget, and forgets the oldest first', () => {
  let now = NOW;
  using keeper = open(fileOf(), { budgetBytes: 4 * 1024 * 1024, now: () => now });
  for (let n = 0; n < 40; n++) {
    now += 60_000;
    keeper.take('inbound', sender, requests(Array.from({ length: 500 }, (_, each) => request(`${String(n).padStart(4, '0')}-${each}`))));
    keeper.prune();
    expect(keeper.kept().bytes).toBeLessThan(6 * 1024 * 1024);
  }
  expect([keeper.find({ request: '0000-', limit: 1 }).items.length, keeper.find({ request: '0039-', limit: 1000 }).items.length]).toEqual([0, 500]);
});

test('a damaged file is put aside, and a new one begun', () => {
  const file = fileOf();
  writeFileSync(file, 'this is no database, and was never one'.repeat(100));
  using keeper = open(file);
  keeper.take('inbound', sender, requests([request('after-all')]));
  expect([keeper.putAside, keeper.find({ request: 'after', limit: 1 }).items.length]).toEqual([`${file}.damaged`, 1]);
});

test('what a policy in DryRun would have denied', () => {
  using keeper = open(fileOf());
  const fields = { allow_dry_shadow_engine_result: 'denied', deny_dry_shadow_engine_result: 'denied', deny_dry_shadow_effective_policy_id: 'shop/no-admin#0' };
  keeper.take('inbound', sender, requests([request('dry-run', '/', '', fields)]));
  expect(keeper.find({ request: 'dry-', limit: 1 }).items[0]?.wouldDeny).toEqual(['no ALLOW rule', 'shop/no-admin#0']);
  expect(keeper.uses(0).map(({ outcome, policy }) => [outcome, policy])).toEqual(
    expect.arrayContaining([
      ['passed', ''],
      ['would-deny', 'no ALLOW rule'],
      ['would-deny', 'shop/no-admin#0'],
    ]),
  );
});
