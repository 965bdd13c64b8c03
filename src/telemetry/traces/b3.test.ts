import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, afterEach, expect, test } from 'vitest';
import { ExportTraceServiceRequestSchema } from '#gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js';
import { exported, spanId, type TestSpan, traceId } from '../../../test/kit/spans.ts';
import { encodeSpans } from '../../envoy/index.ts';
import type { Sender } from '../sender.ts';
import { b3Trace, readB3 } from './b3.ts';
import { batchOf } from './exporter.ts';
import { SpanKeeper } from './span-keeper.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-b3-'));
afterEach(() => rmSync(join(folder, 'k'), { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const T = '463ac35c9f6413ad48485a3953bb6124';
const [S, P] = ['a2fb4a1d1a96d312', '0020000000000001'];

test.each([
  ['several headers', [T, S, P], { trace: T, span: S, parent: P }],
  ['of 64 bits, upper case', ['48485A3953BB6124', S, ''], { trace: '000000000000000048485a3953bb6124', span: S, parent: '' }],
  ['one header', [`${T}-${S}-1-${P}`, 'ignored', ''], { trace: T, span: S, parent: P }],
  ['one header without a decision', [`${T}-${S}`, '', P], { trace: T, span: S, parent: '' }],
  ['a parent that is none', [T, S, 'x'], { trace: T, span: S, parent: '' }],
  ['a decision alone', ['0', '', ''], undefined],
  ['no span', [T, '', ''], undefined],
  ['no id', ['463ac35c9f6413ad-<b>', S, ''], undefined],
  ['zeros', ['0'.repeat(32), S, ''], undefined],
  ['too long', [`${T}0`, S, ''], undefined],
  ['nothing', ['', '', ''], undefined],
] as const)('%s', (_, [first, span, parent], expected) => {
  expect(readB3(first, span, parent)).toEqual(expected);
});

test('an id that somebody asks for', () => {
  expect([b3Trace('48485A3953bb6124'), b3Trace(T), b3Trace('48485a39')]).toEqual(['000000000000000048485a3953bb6124', T, undefined]);
});

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const sender = (name: string): Sender => ({
  proxy: `shop/${name}-1`,
  identity: `spiffe://m/ns/shop/sa/${name}`,
  service: `shop/${name}`,
  ports: {},
  revision: 1,
});
const b3 = (trace: string, span: string, parent = '') => ({ said: { b3: trace, b3Span: spanId(span), b3Parent: parent === '' ? '' : spanId(parent) } });

interface Kept extends Disposable {
  take(name: string, spans: readonly TestSpan[]): void;
  infer(): void;
  readonly keeper: SpanKeeper;
}

function opened(): Kept {
  let now = NOW;
  const keeper = new SpanKeeper({ directory: join(folder, 'k'), budgetBytes: 2 ** 26, keepMs: 86_400_000, settleMs: 1000, now: () => now });
  return {
    keeper,
    take: (name, spans) => void keeper.take(sender(name), exported(spans)),
    infer: () => {
      now = NOW + 20_000;
      keeper.infer();
    },
    [Symbol.dispose]: () => keeper[Symbol.dispose](),
  };
}

test('who passes B3 on joins its trace: for certain, all at once and in any order, and is not broken', () => {
  using kept = opened();
  const times = 12;
  const order = Array.from({ length: times }, (_, n) => (n * 5) % times);
  for (let n = 0; n < times; n++) {
    // all at once, and the calls in another order than the requests: times say nothing
    kept.take('cart', [{ trace: `a${n}`, id: `i${n}`, side: 'inbound', startMs: NOW + n, ms: 500, ...b3(T.slice(0, 30) + (10 + n), `s${n}`) }]);
    const trace = { ...b3(T.slice(0, 30) + (10 + n), `c${n}`, `s${n}`), url: 'http://stock.shop.mesh/' };
    kept.take('cart', [{ trace: `b${n}`, id: `o${n}`, side: 'outbound', startMs: NOW + 100 + (order[n] ?? 0), ms: 20, ...trace }]);
  }
  kept.infer();
  for (let n = 0; n < times; n++) {
    const view = kept.keeper.trace(traceId(`b${n}`));
    expect(view?.tree.map(({ id, parent, inferred }) => [id, parent, inferred])).toEqual([
      [spanId(`i${n}`), '', undefined],
      [spanId(`o${n}`), spanId(`i${n}`), undefined],
    ]);
    expect([view?.id, view?.inferred, view?.confidence]).toEqual([traceId(`a${n}`), 0, 1]);
  }
  expect(kept.keeper.broken(0)).toEqual([]);
  // by the id that applications know, and its beginning
  expect(kept.keeper.trace(`${T.slice(0, 30)}13`)?.id).toBe(traceId('a3'));
  expect(kept.keeper.trace(T.slice(0, 12))?.spans).toBe(2 * times);
});

test('of one trace twice in flight the span that is named is the parent; where none is, times decide and say so', () => {
  using kept = opened();
  const inbound = (n: number): TestSpan => ({ trace: `a${n}`, id: `i${n}`, side: 'inbound', startMs: NOW + n, ms: 200, ...b3(T, `s${n}`) });
  const call = (n: number, span: string, parent?: string): TestSpan => ({
    trace: `b${n}`,
    id: `o${n}`,
    side: 'outbound',
    startMs: NOW + 50,
    ms: 20,
    ...b3(T, span, parent),
  });
  kept.take('cart', [inbound(1), inbound(2), call(1, 'x', 's2'), call(2, 's1'), call(3, 'y', 'unknown')]);
  kept.infer();
  const edge = (n: number) => kept.keeper.trace(T)?.tree.find(({ id }) => id === spanId(`o${n}`));
  expect([edge(1)?.parent, edge(1)?.inferred]).toEqual([spanId('i2'), undefined]);
  expect([edge(2)?.parent, edge(2)?.inferred]).toEqual([spanId('i1'), undefined]);
  expect(edge(3)?.parent === '' || edge(3)?.inferred !== undefined).toBe(true);
});

test('who is asked without B3 begins a trace of its own: that is put together, and nobody is blamed', () => {
  using kept = opened();
  for (let n = 0; n < 12; n++) {
    kept.take('cart', [{ trace: `a${n}`, id: `i${n}`, side: 'inbound', startMs: NOW + n * 300, ms: 50 }]);
    kept.take('cart', [{ trace: `b${n}`, id: `o${n}`, side: 'outbound', startMs: NOW + n * 300 + 9, ms: 20, ...b3(traceId(`t${n}`), 'c') }]);
  }
  kept.infer();
  expect(kept.keeper.broken(0)).toEqual([]);
  expect(kept.keeper.trace(traceId('b5'))?.tree.map(({ inferred }) => inferred !== undefined)).toEqual([false, true]);
});

test('a collector is sent a link to the trace in B3', () => {
  using kept = opened();
  const spans = kept.keeper.take(sender('cart'), exported([{ trace: 'a', id: 'i', side: 'inbound', startMs: NOW, ms: 5, ...b3(T, 's') }]));
  const sent = fromBinary(ExportTraceServiceRequestSchema, encodeSpans(batchOf(spans), '1'));
  const [link] = sent.resourceSpans[0]?.scopeSpans[0]?.spans[0]?.links ?? [];
  expect([Buffer.from(link?.traceId ?? []).toString('hex'), Buffer.from(link?.spanId ?? []).toString('hex')]).toEqual([T, spanId('s')]);
});
