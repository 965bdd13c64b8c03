import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type InboundSpan, type OutboundSpan, stitch } from '../index.ts';

const inbound = (id: string, startUs: number, endUs: number, more: Partial<InboundSpan> = {}): InboundSpan => ({
  id,
  startUs,
  endUs,
  operation: 'GET',
  ...more,
});
const outbound = (id: string, startUs: number, endUs: number, more: Partial<OutboundSpan> = {}): OutboundSpan => ({
  id,
  startUs,
  endUs,
  callee: 'stock',
  ...more,
});
const parents = (of: Parameters<typeof stitch>[0]): (string | undefined)[] => stitch(of).edges.map(({ parent }) => parent);

/** Requests of 10 ms each, one every 20 ms, that call `stock` after 1 ms for 5 ms, and `price` 1 ms after the answer for 1 ms. */
function calm(count: number): { inbound: InboundSpan[]; outbound: OutboundSpan[] } {
  const at = Array.from({ length: count }, (_, index) => index * 20_000 + ((index * 37) % 200));
  return {
    inbound: at.map((start, index) => inbound(`calm${index}`, start, start + 10_000)),
    outbound: at.flatMap((start, index) => [
      outbound(`stock${index}`, start + 1_000 + ((index * 53) % 90), start + 6_000 + ((index * 71) % 90)),
      outbound(`price${index}`, start + 7_000 + ((index * 31) % 90), start + 8_000, { callee: 'price' }),
    ]),
  };
}

describe('whose call it is', () => {
  test('a call within one request is that one’s', () => {
    const spans = calm(5);
    expect(parents(spans)).toEqual(['calm0', 'calm0', 'calm1', 'calm1', 'calm2', 'calm2', 'calm3', 'calm3', 'calm4', 'calm4']);
  });

  test('of two requests at once, time tells which made which call', () => {
    const { learned } = stitch(calm(60));
    const window = {
      inbound: [inbound('a', 5_000_000, 5_010_000), inbound('b', 5_001_500, 5_011_500)],
      outbound: [
        outbound('x', 5_001_020, 5_006_000),
        outbound('y', 5_002_560, 5_007_500),
        outbound('v', 5_007_010, 5_008_000, { callee: 'price' }),
        outbound('w', 5_008_530, 5_009_500, { callee: 'price' }),
      ],
    };
    const { edges } = stitch(window, learned);
    expect(edges.map(({ parent }) => parent)).toEqual(['a', 'b', 'a', 'b']);
    for (const { confidence } of edges) expect(confidence).toBeGreaterThan(0.9);
  });

  test('what cannot be told apart is not said to be sure', () => {
    const { learned } = stitch(calm(60));
    const window = {
      inbound: [inbound('a', 5_000_000, 5_010_000), inbound('b', 5_000_000, 5_010_000)],
      outbound: [outbound('x', 5_001_040, 5_006_040), outbound('y', 5_001_050, 5_006_050)],
    };
    for (const { confidence } of stitch(window, learned).edges) expect(confidence).toBeLessThan(0.7);
  });

  test('a value seen on both sides decides', () => {
    const spans = calm(60);
    const named = {
      inbound: spans.inbound.map((span) => ({ ...span, hints: { 'x-request-id': span.id } })),
      outbound: spans.outbound.map((span) => ({ ...span, hints: { 'x-request-id': `calm${span.id.slice(5)}` } })),
    };
    const { learned } = stitch(named);
    const window = {
      inbound: [inbound('a', 5_000_000, 5_010_000, { hints: { 'x-request-id': '1' } }), inbound('b', 5_000_000, 5_010_000, { hints: { 'x-request-id': '2' } })],
      outbound: [
        outbound('x', 5_001_040, 5_006_040, { hints: { 'x-request-id': '2' } }),
        outbound('y', 5_001_050, 5_006_050, { hints: { 'x-request-id': '1' } }),
      ],
    };
    const { edges } = stitch(window, learned);
    expect(edges.map(({ parent }) => parent)).toEqual(['b', 'a']);
    for (const { confidence } of edges) expect(confidence).toBeGreaterThan(0.9);
  });

  test('a call while no request is in flight is nobody’s, and so is one of a time before', () => {
    expect(stitch({ inbound: [inbound('a', 1_000, 2_000)], outbound: [outbound('x', 3_000, 4_000), outbound('y', 10, 20)] }).edges).toEqual([
      { child: 'x', parent: undefined, confidence: 1 },
      { child: 'y', parent: undefined, confidence: 1 },
    ]);
  });

  test('a parent that is known stays, in the window or not', () => {
    const window = {
      inbound: [inbound('a', 0, 10_000), inbound('b', 0, 10_000)],
      outbound: [outbound('x', 100, 200, { parent: 'b' }), outbound('y', 100, 200, { parent: 'gone' })],
    };
    expect(stitch(window).edges).toEqual([
      { child: 'x', parent: 'b', confidence: 1 },
      { child: 'y', parent: 'gone', confidence: 1 },
    ]);
  });

  test('a call that goes on after the answer still has its request', () => {
    const spans = calm(80);
    const late = spans.inbound.map(({ startUs }, index) => outbound(`late${index}`, startUs + 9_000, startUs + 14_000, { callee: 'audit' }));
    const { edges } = stitch({ inbound: spans.inbound, outbound: [...spans.outbound, ...late] });
    expect(edges.slice(-80).map(({ parent }) => parent)).toEqual(spans.inbound.map(({ id }) => id));
  });
});

describe('whatever it is given', () => {
  const time = fc.oneof(fc.integer({ min: -50, max: 2_000 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1e300, 1e18, 0.5));
  const hints = fc.option(fc.dictionary(fc.constantFrom('a', '__proto__', 'b'), fc.constantFrom('1', '2')), { nil: undefined });
  const timed = { id: fc.constantFrom('1', '2', '3', '4', '5', '6', '7', ''), startUs: time, endUs: time, status: fc.constantFrom(0, 200, 503, Number.NaN) };
  const inbounds = fc.array(fc.record({ ...timed, operation: fc.constantFrom('', 'GET') }), { maxLength: 25 });
  const outbounds = fc.array(fc.record({ ...timed, callee: fc.constantFrom('', 's', 't') }), { maxLength: 40 });

  test('it answers for every outbound span, with parents that are there and confidences between 0 and 1', () => {
    fc.assert(
      fc.property(inbounds, outbounds, fc.option(hints), time, (requests, calls, both, untilUs) => {
        const named = both === null || both === undefined ? {} : { hints: both };
        const window = { inbound: requests.map((one) => ({ ...one, ...named })), outbound: calls.map((one) => ({ ...one, ...named })), untilUs };
        const first = stitch(window);
        for (const { edges } of [first, stitch(window, first.learned)]) {
          expect(edges.map(({ child }) => child)).toEqual(calls.map(({ id }) => id));
          for (const { parent, confidence } of edges) {
            expect(parent === undefined || requests.some(({ id }) => id === parent)).toBe(true);
            expect(confidence >= 0 && confidence <= 1).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('of spans with the same id the first counts', () => {
    const { edges } = stitch({ inbound: [inbound('a', 0, 100), inbound('a', 0, 100)], outbound: [outbound('x', 10, 20), outbound('x', 10, 20)] });
    expect(edges.map(({ parent, confidence }) => [parent, confidence > 0])).toEqual([
      ['a', true],
      [undefined, false],
    ]);
  });

  test('a thousand requests at once, and one with a thousand calls, are not too many', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => inbound(`i${index}`, index, 1_000_000 + index));
    expect(stitch({ inbound: many, outbound: [outbound('x', 5_000, 6_000)] }).edges).toHaveLength(1);
    const calls = Array.from({ length: 1_000 }, (_, index) => outbound(`o${index}`, index * 100, index * 100 + 50));
    expect(new Set(parents({ inbound: [inbound('loop', 0, 200_000)], outbound: calls }))).toEqual(new Set(['loop']));
  });

  test('kinds without number are bounded', () => {
    const spans = calm(300);
    const { learned, edges } = stitch({ inbound: spans.inbound.map((span) => ({ ...span, operation: span.id })), outbound: spans.outbound });
    expect(learned.names.operations.size).toBeLessThanOrEqual(120);
    expect(edges.every(({ parent }) => parent !== undefined)).toBe(true);
  });
});
