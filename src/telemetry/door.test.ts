import { create, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { StreamAccessLogsMessageSchema } from '#gen/envoy/service/accesslog/v3/als_pb.js';
import { logOf } from '../envoy/index.ts';
import type { ByteStream } from '../wire/index.ts';
import { type LogClaims, type LogSink, logDoor } from './door.ts';

const CLAIMS: LogClaims = { proxy: 'shop/web-1', workload: 'shop/web-1', id: 'spiffe://example.mesh/ns/shop/sa/web', expiresAt: 1000 };

/** A first message says the name of its log, and whatever else a proxy likes to say of itself. */
const first = (logName: string): Uint8Array =>
  toBinary(StreamAccessLogsMessageSchema, create(StreamAccessLogsMessageSchema, { identifier: { logName, node: { id: 'shop/somebody-else' } } }));

interface Opened {
  say(bytes: Uint8Array): void;
  /** gRPC status and words; undefined while it is open. */
  readonly over: () => readonly [number, string] | undefined;
}

function open(token: string | undefined, sink: Partial<LogSink> = {}, now: () => number = () => 0) {
  const taken: (readonly [string, string, number])[] = [];
  const service = logDoor({
    // Signing in takes a while; what comes meanwhile must not overtake.
    authenticate: (given) => new Promise<LogClaims | undefined>((done) => setTimeout(() => done(given === 'good' ? CLAIMS : undefined), 5)),
    clock: { now, monotonic: now, after: () => () => {} },
    nameOf: logOf,
    sinks: [
      {
        takes: (log) => log === 'weft.records/inbound',
        refuses: () => undefined,
        take: (log, { proxy }, bytes) => void taken.push([log, proxy, bytes.byteLength]),
        ...sink,
      },
    ],
  });
  let listen = (_: Uint8Array): void => {};
  let over: readonly [number, string] | undefined;
  const stream: ByteStream = {
    call: { get: () => undefined, token, peer: '', signal: new AbortController().signal },
    onMessage: (listener) => {
      listen = listener;
    },
    onEnd: () => {},
    onCancel: () => {},
    onDrain: () => {},
    write: () => true,
    queued: 0,
    end: () => {},
    fail: (code, words) => {
      over ??= [code, words];
    },
  };
  const method = service.methods['StreamAccessLogs'];
  if (method?.kind !== 'bidi') throw new Error('no stream');
  method.open(stream);
  const opened: Opened = { say: (bytes) => listen(bytes), over: () => over };
  return { ...opened, taken };
}

const later = (): Promise<unknown> => new Promise((done) => setTimeout(done, 20));

test('messages come in order under the name of the first, as from whom the token says', async () => {
  const log = open('good');
  const start = first('weft.records/inbound');
  log.say(start);
  for (const size of [1, 2, 3]) log.say(new Uint8Array(size));
  await later();
  expect(log.taken).toEqual([start.byteLength, 1, 2, 3].map((size) => ['weft.records/inbound', 'shop/web-1', size]));
  expect(log.over()).toBeUndefined();
});

test('without a token, with a wrong one, with one that has run out: nothing is taken', async () => {
  let now = 0;
  const running = open('good', {}, () => now);
  running.say(first('weft.records/inbound'));
  await later();
  now = 2000;
  running.say(new Uint8Array(1));
  const others = [open(undefined), open('bad')];
  for (const log of others) log.say(first('weft.records/inbound'));
  await later();
  expect([running, ...others].map((log) => [log.taken.length, log.over()?.[0]])).toEqual([
    [1, 16],
    [0, 16],
    [0, 16],
  ]);
});

test('logs that nobody knows, what is no message, and what a proxy may not tell are refused in words', async () => {
  const logs = [open('good'), open('good'), open('good', { refuses: () => 'only fallbacks may' })];
  logs[0]?.say(first('somebody.elses'));
  logs[1]?.say(new Uint8Array([255, 255, 255]));
  logs[2]?.say(first('weft.records/inbound'));
  await later();
  expect(logs.map((log) => [log.taken.length, log.over()])).toEqual([
    [0, [3, 'logs of this name are not taken here']],
    [0, [3, 'logs of this name are not taken here']],
    [0, [3, 'only fallbacks may']],
  ]);
});
