// Which requests become lines, what lines look like, and what becomes of those that cannot be written.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamAccessLogsMessageSchema } from '#gen/envoy/service/accesslog/v3/als_pb.js';
import type { TapRequest } from '../api/index.ts';
import { type LogRule, lineOf, valuesOfRules, wants } from './access-log.ts';
import { Listening } from './listening.ts';
import { LogWriter } from './log-writer.ts';

const END = { workload: '', service: '', namespace: '', principal: '', address: '10.0.0.1' };
const event = (more: Partial<TapRequest> = {}): TapRequest => ({
  kind: 'request',
  request: '00000001-aaaa',
  at: '2026-01-01T00:00:00.000Z',
  side: 'inbound',
  proxy: 'shop/a',
  source: END,
  destination: { ...END, service: 'shop/a' },
  port: 80,
  secured: true,
  method: 'GET',
  scheme: 'http',
  authority: 'a',
  path: '/',
  status: 200,
  grpcStatus: '',
  flags: [],
  cause: '',
  reason: '',
  policy: '',
  route: '',
  durationUs: 1000,
  upstreamUs: 1,
  requestBytes: 0,
  responseBytes: 0,
  retries: 0,
  ...more,
});
const rule = (more: Partial<LogRule> = {}): LogRule => ({ minStatus: undefined, slowerMs: undefined, percent: undefined, to: [], headers: [], ...more });

test('without a condition all; with some, what one of them wants', () => {
  expect(wants(rule(), event())).toBe(true);
  const some = rule({ minStatus: 500, slowerMs: 10 });
  expect([wants(some, event()), wants(some, event({ status: 500 })), wants(some, event({ durationUs: 10_000 }))]).toEqual([false, true, true]);
  // the first eight digits, of 10,000: as Envoy chooses
  const share = rule({ percent: 1 });
  expect(wants(share, event({ request: `${(100 * 10_000 + 99).toString(16).padStart(8, '0')}-x` }))).toBe(true);
  expect(wants(share, event({ request: `${(100 * 10_000 + 100).toString(16).padStart(8, '0')}-x` }))).toBe(false);
});

test('a proxy is lent what the widest of its rules needs, where requests arrive and enter', () => {
  expect(valuesOfRules([])).toEqual({});
  expect(valuesOfRules([rule({ minStatus: 500, percent: 2 }), rule({ minStatus: 400, slowerMs: 50 })])).toEqual({
    'weft.tapped_inbound': 200,
    'weft.tapped_inbound_from_status': 400,
    'weft.tapped_inbound_slower_ms': 50,
    'weft.tapped_gateway': 200,
    'weft.tapped_gateway_from_status': 400,
    'weft.tapped_gateway_slower_ms': 50,
  });
  expect(valuesOfRules([rule(), rule({ minStatus: 500 })])).toMatchObject({ 'weft.tapped_inbound': 10_000 });
});

test('whatever is in it, a request is one line of either form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (path, request) => {
      const told = event({ path, request, authority: path, cause: request });
      expect(JSON.parse(lineOf(told, 'JSON'))).toMatchObject({ status: 200, method: 'GET' });
      for (const format of ['JSON', 'Text'] as const) expect(lineOf(told, format)).not.toMatch(/[\r\n]/);
      expect(
        lineOf(event({ path }), 'Text')
          .replace(/"(?:[^"\\]|\\.)*"/g, 'x')
          .split(' '),
      ).toHaveLength(12);
    }),
    { numRuns: 300 },
  );
});

test('files belong to namespaces, are private, and are turned over; what cannot be written is counted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-logs-'));
  try {
    const writer = new LogWriter({ folder, turnBytes: 100 });
    const place = { type: 'File', format: 'JSON', path: 'a/b.log' } as const;
    const line = 'x'.repeat(60);
    for (let n = 0; n < 3; n++) {
      writer.add(place, 'shop', line + n);
      expect(writer.flush()).toBe(0);
    }
    expect(readFileSync(join(folder, 'shop/a/b.log'), 'utf8')).toBe(`${line}2\n`);
    expect(readFileSync(join(folder, 'shop/a/b.log.1'), 'utf8')).toBe(`${line}1\n`);
    expect(statSync(join(folder, 'shop/a/b.log')).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, 'pay'), 'in the way');
    writer.add(place, 'pay', line);
    writer.add(place, 'pay', line);
    expect([writer.flush(), writer.flush()]).toEqual([2, 0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('headers are told by a logger of their own, all of them where a condition is more than a share', () => {
  const headers = ['user-agent'];
  expect(valuesOfRules([rule({ percent: 1, headers })])).toEqual({ 'weft.tapped_headers_inbound': 100, 'weft.tapped_headers_gateway': 100 });
  expect(valuesOfRules([rule({ minStatus: 500, headers }), rule({ percent: 1 })])).toEqual({
    'weft.tapped_headers_inbound': 10_000,
    'weft.tapped_headers_gateway': 10_000,
  });
});

/** One request, as the logger with headers tells it. */
const TOLD_BYTES = toBinary(
  StreamAccessLogsMessageSchema,
  create(StreamAccessLogsMessageSchema, {
    logEntries: {
      case: 'httpLogs',
      value: {
        logEntry: [
          {
            commonProperties: { customTags: { 'has:authorization': 'true', 'has:cookie': 'true', 'has:set-cookie': 'false' } },
            request: { path: '/', requestHeaders: { 'user-agent': 'a b', accept: 'text/html' } },
            response: { responseCode: 200 },
          },
        ],
      },
    },
  }),
);

test('a line has the headers that its rules want, and of a secret that it is there', () => {
  const lines: string[] = [];
  const writer = { add: (_place: unknown, _namespace: string, line: string) => void lines.push(line) };
  const listening = new Listening(
    () => 0,
    writer,
    () => {},
  );
  const to = [{ type: 'File', format: 'Text', path: 'a.log' }] as const;
  const sender = { proxy: 'shop/a', identity: 'spiffe://m/ns/shop/sa/a', service: 'shop/a', ports: {}, revision: 0, workload: 'shop/a' };
  const teller = { sender, roles: new Map(), rules: [rule({ headers: ['user-agent', 'cookie', 'range'], to })] };
  listening.take({ kind: 'take', log: 'tapped', side: 'inbound', teller, bytes: TOLD_BYTES });
  expect(lines).toEqual([expect.stringMatching(/ cookie="…" user-agent="a b"$/)]);
  expect(lines[0]).not.toMatch(/accept|authorization/);
});
