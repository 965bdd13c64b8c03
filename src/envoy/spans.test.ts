import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ExportTraceServiceRequestSchema } from '#gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js';
import { chance } from '../../test/kit/chance.ts';
import { decodeSpans, OWN_TAG, SPAN_TAG } from './index.ts';
import { readTextLeniently } from './lenient-text.ts';

const bytes = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);
type Value =
  | { readonly case: 'stringValue'; readonly value: string }
  | { readonly case: 'boolValue'; readonly value: boolean }
  | { readonly case: 'intValue'; readonly value: bigint };
const tag = (key: string, value: Value) => ({ key, value: { value } });
const text = (value: string): Value => ({ case: 'stringValue', value });

const span = (more: object = {}) => ({
  ...{ traceId: bytes(16, 0xab), spanId: bytes(8, 1), parentSpanId: bytes(8, 2), kind: 3, name: 'ingress' },
  ...{ startTimeUnixNano: 1_763_800_000_123_456_789n, endTimeUnixNano: 1_763_800_000_999_999_999n },
  attributes: [
    tag('http.url', text(`http://h/${'ä'.repeat(40)}`)),
    tag('node_id', text('nobody reads it')),
    tag(SPAN_TAG, text('inbound\u001f1')),
    tag(`${OWN_TAG}kunde`, text('Ünal')),
    tag('error', { case: 'boolValue', value: true }),
    tag('http.status_code', { case: 'intValue', value: 503n }),
  ],
  ...more,
});
type Spans = NonNullable<
  NonNullable<NonNullable<MessageInitShape<typeof ExportTraceServiceRequestSchema>['resourceSpans']>[number]['scopeSpans']>[number]['spans']
>;
const message = (spans: Spans): Uint8Array =>
  toBinary(ExportTraceServiceRequestSchema, create(ExportTraceServiceRequestSchema, { resourceSpans: [{ scopeSpans: [{ spans }] }] }));

test('of a span times are exact, ids are hexadecimal, and of tags those are read that are used', () => {
  expect(decodeSpans(message([span()]))).toEqual([
    {
      ...{ trace: 'ab'.repeat(16), id: '01'.repeat(8), parent: '02'.repeat(8), kind: 'client', startUs: 1_763_800_000_123_456, endUs: 1_763_800_000_999_999 },
      tags: { 'http.url': `http://h/${'ä'.repeat(40)}`, weft: 'inbound\u001f1', 'weft.tag.kunde': 'Ünal', error: 'true', 'http.status_code': '503' },
    },
  ]);
});

test('spans without ids are none; text that is no UTF-8 is read all the same', () => {
  expect(decodeSpans(message([span({ traceId: bytes(3, 1) }), span({ spanId: bytes(0, 0) })]))).toEqual([]);
  readTextLeniently();
  const whole = message([span({ attributes: [tag('http.url', text('http://XX/'))] })]);
  const at = whole.findIndex((byte, from) => byte === 0x58 && whole[from + 1] === 0x58);
  whole[at] = 0xff;
  expect(decodeSpans(whole)[0]?.tags['http.url']).toBe('http://\ufffdX/');
});

test('whatever the bytes are, nothing is read behind their end, and nothing but RangeError is thrown', () => {
  const whole = message([span(), span()]);
  const dice = chance(5);
  for (let n = 0; n < 5000; n++) {
    const bad = whole.slice(0, Math.floor(dice.next() * whole.length));
    for (let changes = 0; changes < 3; changes++) bad[Math.floor(dice.next() * bad.length)] = Math.floor(dice.next() * 256);
    try {
      decodeSpans(bad);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  }
});
