// How fast spans are taken, kept and put together, in how much memory: node_modules/.bin/node bench/telemetry-spans.ts
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpanKeeper } from '../src/telemetry/traces/span-keeper.ts';
import { exported, type TestSpan } from '../test/kit/spans.ts';
import { isPackaged, packaged } from './packaged.ts';

const PROXIES = 20;
/** As a proxy sends them. */
const AT_ONCE = 100;
const SECONDS = Number(process.env['WEFT_BENCH_SECONDS'] ?? 10);
const PER_SECOND = 20_000;
const TENTHS = 10;

const hex = (n: number): string => n.toString(36).padStart(7, '0');

/** What Envoy's tracer writes beside. */
const usual = (n: number) => ({
  node_id: 'shop/cart-7d9f8b6c5-x2x4q',
  zone: 'zone-1',
  downstream_cluster: '-',
  user_agent: 'Go-http-client/1.1',
  'http.protocol': 'HTTP/1.1',
  'peer.address': `10.0.${n % 200}.17`,
  request_size: '0',
  response_size: String(n % 9000),
  component: 'proxy',
  upstream_cluster: 'outbound|80||cart.shop.mesh',
  'upstream_cluster.name': 'outbound|80||cart.shop.mesh',
});

/** A request as a proxy in the middle sees it: asked, and asking another. `told`: the trace is passed on. */
function spansOf(n: number, at: number, told: boolean): readonly TestSpan[] {
  const request = `0b6c9d9e-0001-4000-8000-${String(n).padStart(12, '0')}`;
  const said = { attempts: '1', upstreamUs: String(1000 + (n % 5000)), route: 'shop/cart/0', service: 'shop/stock', blame: '-', reason: '-' };
  const common = { request, said, url: `http://cart.shop.mesh/cart/${n}/items?page=${n}`, upstream: '10.0.0.9:8080', tags: usual(n) };
  return [
    { trace: hex(n), id: `i${hex(n)}`, parent: `o${hex(n)}`, side: 'inbound', startMs: at, ms: 6 + (n % 7), ...common },
    {
      ...{ trace: told ? hex(n) : `x${hex(n)}`, id: `p${hex(n)}`, side: 'outbound', startMs: at + 1, ms: 4 },
      ...(told ? { parent: `i${hex(n)}` } : {}),
      ...common,
    },
  ];
}

interface Wanted {
  readonly from: number;
  readonly now: number;
  readonly told: boolean;
}

/** A tenth of a second of messages. */
function messagesOf({ from, now, told }: Wanted): readonly Uint8Array[] {
  let n = from;
  return Array.from({ length: PER_SECOND / TENTHS / AT_ONCE }, () =>
    exported(Array.from({ length: AT_ONCE / 2 }, (_, each) => spansOf(n++, now + each * 2, told)).flat()),
  );
}

const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const sender = (proxy: number) => ({
  proxy: `shop/p-${proxy}`,
  identity: `spiffe://m/ns/shop/sa/p-${proxy}`,
  service: `shop/p-${proxy}`,
  ports: {},
  revision: 1,
});

async function measured(told: boolean) {
  // making messages is the proxies' work, and their memory
  const proxies = fork(import.meta.filename, ['make'], { serialization: 'advanced' });
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-spans-'));
  let now = Date.now();
  const perProxy = { perSecond: 1e9, burst: 1e9 };
  const keeper = new SpanKeeper({ directory: folder, budgetBytes: 256 << 20, keepMs: 86_400_000, settleMs: 5000, now: () => now, perProxy });
  let [take, infer, spans, edges, rss] = [0, 0, 0, 0, 0];
  for (let tenth = 1; tenth <= SECONDS * TENTHS; tenth++) {
    proxies.send({ from: ((tenth - 1) * PER_SECOND) / TENTHS / 2, now, told } satisfies Wanted);
    const [messages] = (await once(proxies, 'message')) as [readonly Uint8Array[]];
    now += 1000 / TENTHS;
    let before = cpuS();
    for (const [at, bytes] of messages.entries()) spans += keeper.take(sender(at % PROXIES), bytes).length;
    keeper.settle();
    take += cpuS() - before;
    if (tenth % TENTHS !== 0) continue;
    before = cpuS();
    edges += keeper.infer();
    infer += cpuS() - before;
    rss = Math.max(rss, process.memoryUsage.rss());
  }
  proxies.disconnect();
  keeper[Symbol.dispose]();
  rmSync(folder, { recursive: true });
  return { take: (take * 1e6) / spans, infer: (infer * 1e6) / spans, edges, rssMb: rss / 1e6 };
}

async function main(): Promise<void> {
  console.log(`${PER_SECOND.toLocaleString('en')} spans a second of ${PROXIES} proxies for ${SECONDS} s, ${AT_ONCE} at a time; CPU`);
  for (const told of [true, false]) {
    const { take, infer, edges, rssMb } = await measured(told);
    const all = Math.round(1e6 / (take + infer)).toLocaleString('en');
    const parts = `taken and kept ${take.toFixed(1)} us/span   put together ${infer.toFixed(1)} us/span (${edges} edges)`;
    console.log(`${(told ? 'told' : 'not passed on').padEnd(14)} ${parts}   ${all} spans per second of CPU   RSS ${rssMb.toFixed(0)} MB`);
  }
}

if (process.argv[2] === 'make') process.on('message', (wanted: Wanted) => process.send?.(messagesOf(wanted)));
else if (isPackaged()) await main();
else process.exitCode = await packaged(import.meta.filename);
