// How fast records of requests are taken and kept, in how much memory: node_modules/.bin/node bench/telemetry-records.ts
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { HTTPAccessLogEntry_HTTPVersion } from '#gen/envoy/data/accesslog/v3/accesslog_pb.js';
import { StreamAccessLogsMessageSchema } from '#gen/envoy/service/accesslog/v3/als_pb.js';
import { Keeper } from '../src/telemetry/keeper.ts';
import { isPackaged, packaged } from './packaged.ts';

/** None may have more than 500 kept in a second. */
const PROXIES = 200;
const SECONDS = Number(process.env['WEFT_BENCH_SECONDS'] ?? 10);
const PER_SECOND = 20_000;
const TENTHS = 10;

const socket = (address: string, port: number) => ({
  address: { case: 'socketAddress' as const, value: { address, portSpecifier: { case: 'portValue' as const, value: port } } },
});
const peer = (name: string) => ({ subjectAltName: [{ san: { case: 'uri' as const, value: `spiffe://example.mesh/ns/shop/sa/${name}` } }] });

/** What the caller's proxy tells of a request that failed. */
function entryOf(n: number, now: number) {
  return {
    commonProperties: {
      startTime: { seconds: BigInt(Math.floor(now / 1000)), nanos: (n % 1000) * 1_000_000 },
      duration: { seconds: 0n, nanos: (1 + (n % 90)) * 1_000_000 },
      downstreamRemoteAddress: socket('10.0.3.4', 40_000 + (n % 9000)),
      upstreamRemoteAddress: socket(`10.0.4.${n % 200}`, 8080),
      upstreamCluster: 'outbound|80||ledger.shop.mesh',
      routeName: 'shop/pay/0',
      tlsProperties: { peerCertificateProperties: peer('web') },
      responseFlags: { upstreamConnectionTermination: true },
      customTags: { blame: '{"timeout":"TimeoutPolicy shop/pay"}', peer: 'spiffe://example.mesh/ns/shop/sa/ledger', service: 'shop/ledger' },
    },
    protocolVersion: HTTPAccessLogEntry_HTTPVersion.HTTP2,
    request: {
      requestId: `0b6c9d9e-0001-4000-8000-${String(n).padStart(12, '0')}`,
      requestMethod: 1,
      authority: 'ledger.shop.mesh',
      path: `/ledger/${n}/entries?page=${n}`,
      userAgent: 'Go-http-client/1.1',
    },
    response: { responseCode: 503, responseCodeDetails: 'upstream_reset_before_response_started', responseHeaders: { 'weft-reason': '-' } },
  };
}

interface Wanted {
  readonly from: number;
  readonly now: number;
}

/** What each proxy says in a tenth of a second. */
function messagesOf({ from, now }: Wanted): readonly Uint8Array[] {
  const each = PER_SECOND / TENTHS / PROXIES;
  return Array.from({ length: PROXIES }, (_, proxy) => {
    const logEntry = Array.from({ length: each }, (_each, n) => entryOf(from + proxy * each + n, now));
    return toBinary(StreamAccessLogsMessageSchema, create(StreamAccessLogsMessageSchema, { logEntries: { case: 'httpLogs', value: { logEntry } } }));
  });
}

const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const sender = (proxy: number) => ({
  proxy: `shop/p-${proxy}`,
  identity: `spiffe://example.mesh/ns/shop/sa/p-${proxy}`,
  service: `shop/p-${proxy}`,
  ports: {},
  revision: 1,
});

async function main(): Promise<void> {
  const proxies = fork(import.meta.filename, ['make'], { serialization: 'advanced' });
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-records-'));
  let now = Date.now();
  const idleMb = process.memoryUsage.rss() / 1e6;
  const keeper = new Keeper({ file: join(folder, 'telemetry.db'), budgetBytes: 256 << 20, keepMs: 86_400_000, now: () => now });
  let [seconds, most] = [0, 0];
  for (let tenth = 0; tenth < SECONDS * TENTHS; tenth++) {
    proxies.send({ from: (tenth * PER_SECOND) / TENTHS, now } satisfies Wanted);
    const [messages] = (await once(proxies, 'message')) as [readonly Uint8Array[]];
    now += 1000 / TENTHS;
    const before = cpuS();
    for (const [proxy, bytes] of messages.entries()) keeper.take('outbound', sender(proxy), bytes);
    keeper.settle();
    seconds += cpuS() - before;
    most = Math.max(most, process.memoryUsage.rss() / 1e6);
  }
  proxies.disconnect();
  const { records, lost } = keeper.kept();
  keeper[Symbol.dispose]();
  rmSync(folder, { recursive: true });
  const rate = Math.round((PER_SECOND * SECONDS) / seconds).toLocaleString('en');
  console.log(
    `${records} records kept, ${JSON.stringify(lost)} lost: ${rate} per second of CPU, RSS at most ${most.toFixed(0)} MB (${idleMb.toFixed(0)} MB before)`,
  );
}

if (process.argv[2] === 'make') process.on('message', (wanted: Wanted) => process.send?.(messagesOf(wanted)));
else if (isPackaged()) await main();
else process.exitCode = await packaged(import.meta.filename);
