import { create, type DescField, type DescMessage, equals, fromBinary, type MessageInitShape, ScalarType, toBinary } from '@bufbuild/protobuf';
import { anyUnpack, isWrapperDesc } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BootstrapSchema,
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  FilterChainSchema,
  HttpConnectionManagerSchema,
  ListenerSchema,
  RouteConfigurationSchema,
  RouterSchema,
} from '../messages.ts';
import { encode, encodePieces, pack, preencoded } from './index.ts';
import { capture, text } from './writer.ts';

function scalar(type: ScalarType): fc.Arbitrary<unknown> {
  if (type === ScalarType.STRING) return fc.string({ unit: 'grapheme', maxLength: 20 });
  if (type === ScalarType.BYTES) return fc.uint8Array({ maxLength: 20 });
  if (type === ScalarType.BOOL) return fc.boolean();
  if (type === ScalarType.DOUBLE) return fc.double({ noNaN: true });
  if (type === ScalarType.FLOAT) return fc.float({ noNaN: true });
  if (type === ScalarType.UINT64 || type === ScalarType.FIXED64) return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  if (type === ScalarType.INT64 || type === ScalarType.SINT64 || type === ScalarType.SFIXED64) return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  if (type === ScalarType.UINT32 || type === ScalarType.FIXED32) return fc.integer({ min: 0, max: 2 ** 32 - 1 });
  return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
}

type Element = { readonly scalar?: ScalarType | undefined; readonly message?: DescMessage | undefined };

function element(field: DescField, of: Element, depth: number): fc.Arbitrary<unknown> | undefined {
  if (of.message === undefined) return of.scalar === undefined ? fc.nat(5) : scalar(of.scalar);
  if (of.message.typeName === 'google.protobuf.Struct') {
    return fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true, maxKeys: 3 }).map((object) => JSON.parse(JSON.stringify(object)));
  }
  if (field.fieldKind === 'message' && field.oneof === undefined && isWrapperDesc(of.message)) return scalar(of.message.fields[0].scalar);
  return depth > 0 ? arbitrary(of.message, depth - 1) : undefined;
}

/** Init objects of a message type: every field may be there or not, down to a depth. */
function arbitrary(desc: DescMessage, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const parts: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of desc.fields) {
    const one = element(field, field as Element, depth);
    if (one === undefined) continue;
    if (field.oneof !== undefined) {
      const next = one.map((value) => ({ case: field.localName, value }));
      const before = parts[field.oneof.localName];
      parts[field.oneof.localName] = before === undefined ? next : fc.oneof(before, next);
    } else if (field.fieldKind === 'list') parts[field.localName] = fc.array(one, { maxLength: 2 });
    else if (field.fieldKind === 'map') parts[field.localName] = fc.dictionary(fc.string({ maxLength: 5 }), one, { noNullPrototype: true, maxKeys: 2 });
    else parts[field.localName] = one;
  }
  return fc.record(parts, { requiredKeys: [] });
}

/** The same content with every object's members in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

const DESCS: readonly DescMessage[] = [
  ClusterSchema,
  ClusterLoadAssignmentSchema,
  RouteConfigurationSchema,
  ListenerSchema,
  HttpConnectionManagerSchema,
  BootstrapSchema,
];

for (const desc of DESCS) {
  test(`${desc.name}: encodes what protobuf-es encodes, in any order of members`, () => {
    fc.assert(
      fc.property(arbitrary(desc, 2), (value) => {
        const ours = encode(desc, value as never);
        const theirs = toBinary(desc, create(desc, value as never));
        expect(ours.length).toBe(theirs.length);
        expect(equals(desc, fromBinary(desc, ours), fromBinary(desc, theirs))).toBe(true);
        expect(encode(desc, reversed(value) as never)).toEqual(ours);
        expect(encode(desc, create(desc, value as never))).toEqual(ours);
      }),
      { numRuns: 25 },
    );
  });
}

test('bytes do not depend on the insertion order of map keys', () => {
  const named = (keys: string[]): Uint8Array => encode(ClusterLoadAssignmentSchema, { namedEndpoints: Object.fromEntries(keys.map((key) => [key, {}])) });
  expect(named(['b', 'a', 'c'])).toEqual(named(['c', 'b', 'a']));
});

test('a packed message is an Any with the bytes of the message, also when nested', () => {
  const router = { startChildSpan: true };
  const hcm: MessageInitShape<typeof HttpConnectionManagerSchema> = {
    statPrefix: 'in',
    httpFilters: [{ name: 'router', configType: { case: 'typedConfig', value: pack(RouterSchema, router) } }],
  };
  const bytes = encode(FilterChainSchema, { filters: [{ name: 'hcm', configType: { case: 'typedConfig', value: pack(HttpConnectionManagerSchema, hcm) } }] });
  const config = fromBinary(FilterChainSchema, bytes).filters[0]?.configType;
  if (config?.case !== 'typedConfig') throw new Error('not a typed config');
  const inner = anyUnpack(config.value, HttpConnectionManagerSchema)?.httpFilters[0]?.configType;
  if (inner?.case !== 'typedConfig') throw new Error('not a typed config');
  expect(anyUnpack(inner.value, RouterSchema)?.startChildSpan).toBe(true);
});

test('preencoded bytes stand for their message, inline and as shared pieces', () => {
  fc.assert(
    fc.property(fc.array(arbitrary(FilterChainSchema, 2), { maxLength: 4 }), (chains) => {
      const whole = encode(ListenerSchema, { name: 'outbound', filterChains: chains as never });
      const parts = chains.map((chain) => encode(FilterChainSchema, chain as never));
      const spliced = { name: 'outbound', filterChains: parts.map((part) => preencoded<typeof FilterChainSchema>(part)) };
      expect(encode(ListenerSchema, spliced)).toEqual(whole);
      const pieces = encodePieces(ListenerSchema, spliced);
      expect(new Uint8Array(pieces.flatMap((piece) => [...piece]))).toEqual(whole);
      // Each large part is one piece, head included, and the same one in every message that has it in this field.
      const again = encodePieces(ListenerSchema, { ...spliced, name: 'other' });
      const large = parts.filter((part) => part.length >= 256);
      expect(pieces.filter((piece) => again.includes(piece))).toHaveLength(large.length);
      if (large.length === parts.length) expect(pieces.length).toBe(large.length + 1);
    }),
    { numRuns: 40 },
  );
});

test('preencoded needs no type argument and may be packed', () => {
  const router = encode(RouterSchema, { startChildSpan: true });
  const chain = (value: ReturnType<typeof pack>) => encode(FilterChainSchema, { filters: [{ name: 'f', configType: { case: 'typedConfig', value } }] });
  expect(chain(pack(RouterSchema, preencoded(router)))).toEqual(chain(pack(RouterSchema, { startChildSpan: true })));
});

test('encoding inside encoding leaves the outer message alone, also when the inner one throws', () => {
  const name = 'x'.repeat(200_000);
  const pieces = capture(() => {
    text('end');
    expect(encode(ClusterSchema, { name }).length).toBeGreaterThan(200_000);
    expect(() => encode(ClusterLoadAssignmentSchema, { policy: { overprovisioningFactor: -1 } })).toThrow(RangeError);
    text('start ');
  }, true);
  expect(String.fromCharCode(...(pieces[0] ?? []))).toBe('start end');
});

test.each([
  ['a negative unsigned number', { perConnectionBufferLimitBytes: -1 }],
  ['a fraction', { perConnectionBufferLimitBytes: 1.5 }],
  ['an unknown case', { clusterDiscoveryType: { case: 'typo', value: 1 } }],
])('%s throws instead of becoming wrong bytes', (_, init) => {
  expect(() => encode(ClusterSchema, init as never)).toThrow();
});
