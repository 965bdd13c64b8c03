import { fromBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeltaDiscoveryRequestSchema, DeltaDiscoveryResponseSchema, encode, RESOURCE_TYPES, type Resource, TYPE_URLS } from '../envoy/index.ts';
import { decodeRequest, encodeResponse } from './index.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const bytes = fc.uint8Array({ maxLength: 300 });

test('a response is what protobuf-es reads back, the pieces of a body joined', () => {
  const drawn = fc.record({ name: text, version: text, body: fc.array(bytes, { maxLength: 3 }) });
  fc.assert(
    fc.property(
      fc.constantFrom(...RESOURCE_TYPES),
      text,
      fc.array(drawn, { maxLength: 4 }),
      fc.array(text, { maxLength: 3 }),
      (type, nonce, resources, removed) => {
        const encoded = encodeResponse({ type, nonce, removed, resources: resources.map((one) => ({ ...one, type, origins: [] }) as unknown as Resource) });
        const read = fromBinary(DeltaDiscoveryResponseSchema, encoded);
        expect({ typeUrl: read.typeUrl, nonce: read.nonce, removed: read.removedResources }).toEqual({ typeUrl: TYPE_URLS[type], nonce, removed });
        expect(
          read.resources.map(({ name, version, resource }) => ({ name, version, typeUrl: resource?.typeUrl, value: [...(resource?.value ?? [])] })),
        ).toEqual(resources.map(({ name, version, body }) => ({ name, version, typeUrl: TYPE_URLS[type], value: body.flatMap((piece) => [...piece]) })));
      },
    ),
  );
});

test('a large response has the right lengths', () => {
  const resource = { type: 'routes', name: 'r', version: 'v', body: [new Uint8Array(3 << 20), new Uint8Array(200)], origins: [] } as unknown as Resource;
  const read = fromBinary(DeltaDiscoveryResponseSchema, encodeResponse({ type: 'routes', nonce: '1', resources: [resource], removed: [] }));
  expect(read.resources[0]?.resource?.value.length).toBe((3 << 20) + 200);
});

test('a request is read as protobuf-es writes it', () => {
  fc.assert(
    fc.property(
      fc.record({
        typeUrl: fc.constantFrom(...Object.values(TYPE_URLS), 'type.googleapis.com/other'),
        resourceNamesSubscribe: fc.array(text, { maxLength: 4 }),
        resourceNamesUnsubscribe: fc.array(text, { maxLength: 4 }),
        initialResourceVersions: fc.dictionary(text, text, { noNullPrototype: true, maxKeys: 4 }),
        responseNonce: text,
      }),
      (init) => {
        const read = decodeRequest(encode(DeltaDiscoveryRequestSchema, init));
        expect(read.typeUrl).toBe(init.typeUrl);
        expect(read.type).toBe(RESOURCE_TYPES.find((type) => TYPE_URLS[type] === init.typeUrl));
        expect(read.subscribe).toEqual(init.resourceNamesSubscribe);
        expect(read.unsubscribe).toEqual(init.resourceNamesUnsubscribe);
        expect(Object.fromEntries(read.initialVersions)).toEqual(init.initialResourceVersions);
        expect(read.nonce).toBe(init.responseNonce);
        expect(read.error).toBeUndefined();
        expect(read.node).toBeUndefined();
      },
    ),
  );
});

test('node and refusal are read; metadata and whatever else is in them is skipped', () => {
  const read = decodeRequest(
    encode(DeltaDiscoveryRequestSchema, {
      typeUrl: TYPE_URLS.cluster,
      node: {
        id: 'shop/checkout-1',
        metadata: { deep: { list: [1, 'two', null] } },
        userAgentVersionType: { case: 'userAgentBuildVersion', value: { version: { majorNumber: 1, minorNumber: 40, patch: 0 } } },
      },
      responseNonce: '7',
      errorDetail: { code: 13, message: 'no such cluster ü' },
    }),
  );
  expect(read.node).toEqual({ id: 'shop/checkout-1', version: '1.40.0' });
  expect(read.error).toEqual({ code: 13, message: 'no such cluster ü' });
});

test('whatever bytes come, they are read or refused as malformed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      try {
        decodeRequest(noise);
      } catch (error) {
        expect(error).toMatchObject({ code: 'malformed-request', class: { grpc: 3 } });
      }
    }),
    { numRuns: 500 },
  );
});
