// Values that are lent: told once, told again while they are wanted, taken back.
import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { DeltaDiscoveryResponseSchema } from '#gen/envoy/service/discovery/v3/discovery_pb.js';
import { RuntimeSchema } from '#gen/envoy/service/runtime/v3/rtds_pb.js';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import { RUNTIME_TYPE_URL, type RuntimeValues } from '../envoy/index.ts';
import type { DeltaRequest } from '../xds/index.ts';
import type { Claims } from './proxy-state.ts';
import { Tunings } from './tuning.ts';

const CLAIMS = { proxy: 'shop/web-1', workload: 'shop/web-1' } as Claims;
const FIRST: DeltaRequest = { typeUrl: RUNTIME_TYPE_URL, subscribe: ['weft'], unsubscribe: [], initialVersions: new Map(), nonce: '' };

function open() {
  const clock = fakeClock();
  const tunings = new Tunings(clock, () => {});
  const sent: { readonly values: unknown; readonly ttl: number | undefined; readonly nonce: string }[] = [];
  const stream = tunings.open(CLAIMS, (bytes) => {
    const { resources, nonce } = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    const [resource] = resources;
    const values = fromBinary(RuntimeSchema, resource?.resource?.value ?? new Uint8Array()).layer;
    sent.push({ values, ttl: resource?.ttl === undefined ? undefined : Number(resource.ttl.seconds), nonce });
  });
  const ack = (): void => tunings.take(stream, { ...FIRST, subscribe: [], nonce: sent.at(-1)?.nonce ?? '' });
  return { clock, tunings, stream, sent, ack };
}

test('a proxy that starts is answered at once, with nothing', () => {
  const { clock, tunings, stream, sent, ack } = open();
  tunings.take(stream, FIRST);
  ack();
  expect(sent.map(({ values, ttl }) => [values, ttl])).toEqual([[{}, undefined]]);
  expect(stream.standing(clock.monotonic())).toBe('off');
});

test('what is wanted has a time to live, is renewed in it, and is taken back when it is not wanted any more', async () => {
  const { clock, tunings, stream, sent, ack } = open();
  let wanted: RuntimeValues = {};
  tunings.choose(() => ({ values: wanted, leaseMs: 10_000 }));
  tunings.take(stream, FIRST);
  wanted = { 'weft.tapped_inbound': 10_000 };
  tunings.look();
  expect([sent.at(-1)?.values, stream.standing(clock.monotonic())]).toEqual([wanted, 'waiting']);
  ack();
  await clock.advance(300);
  expect(stream.standing(clock.monotonic())).toBe('on');
  const told = sent.length;
  await clock.advance((sent.at(-1)?.ttl ?? 0) * 1000 - 1);
  expect(sent.length).toBeGreaterThan(told);
  ack();
  wanted = {};
  tunings.look();
  expect([sent.at(-1)?.values, sent.at(-1)?.ttl]).toEqual([{}, undefined]);
  const last = sent.length;
  await clock.advance(120_000);
  expect(sent.length).toBe(last);
});

test('what a proxy refuses is not on', () => {
  const { clock, tunings, stream, sent } = open();
  tunings.choose(() => ({ values: { 'weft.tapped_inbound': 10_000 }, leaseMs: 10_000 }));
  tunings.take(stream, FIRST);
  tunings.take(stream, { ...FIRST, subscribe: [], nonce: sent[0]?.nonce ?? '', error: { code: 3, message: 'no' } });
  expect(stream.standing(clock.monotonic())).toBe('waiting');
});
