// A push as it is told: what changed, how long each part took, what every proxy said of it; and no more of them than there is room for.
import { expect, test } from 'vitest';
import { openWorld, route, service, workload } from '../../test/kit/control-world.ts';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import type { Resource } from '../envoy/index.ts';
import type { DocumentKey } from '../model/index.ts';
import { type PushTrace, PushTraces } from './push-traces.ts';

const text = (resource: Resource): string => Buffer.concat(resource.body).toString('latin1');
const to = (value: string) =>
  route('to-a', 'a', [{ name: value, matches: [{ path: { type: 'PathPrefix', value: '/x' } }], backendRefs: [{ name: 'a', port: 80 }] }]);

test('a change and what its proxies said: acknowledged, refused, gone', async () => {
  const told: PushTrace[] = [];
  const documents = [service('a'), workload('web', 'web'), workload('shop', 'shop'), workload('a-1', 'a')];
  const world = await openWorld({ documents, pushed: (push) => void told.push(push) });
  await world.connect('web');
  await world.connect('shop', { refuses: (resource) => (text(resource).includes('BAD') ? 'it is bad' : undefined) });
  await world.clock.advance(12_000);
  told.length = 0;
  world.source.put(to('good'));
  await world.clock.advance(1000);
  expect(told).toHaveLength(1);
  const [push] = told;
  expect(push?.documents).toEqual(['HTTPRoute shop/to-a']);
  expect(push?.proxies.map(({ proxy, outcome }) => `${proxy} ${outcome}`).sort()).toEqual(['shop/shop acknowledged', 'shop/web acknowledged']);
  expect(push?.compiledMs).toBeGreaterThanOrEqual(push?.queuedMs ?? Number.NaN);
  world.source.put(to('BAD'));
  await world.clock.advance(1000);
  const refused = told.flatMap(({ proxies }) => proxies).find(({ outcome }) => outcome === 'refused');
  expect(refused).toMatchObject({ proxy: 'shop/shop', words: expect.stringContaining('it is bad') });
});

const KEY = 'Service/shop/a' as DocumentKey;

test('whoever says nothing is waited for 30 s; of many proxies a few are named', async () => {
  const clock = fakeClock();
  const told: PushTrace[] = [];
  const push = new PushTraces(clock, (trace) => void told.push(trace)).begin(
    clock.monotonic(),
    Array.from({ length: 53 }, () => KEY),
  );
  push?.compiled();
  for (let n = 0; n < 30; n++) push?.sent(`shop/p-${n}`);
  push?.announced();
  push?.ended('shop/p-0', 'acknowledged');
  push?.ended('shop/p-1', 'left');
  expect(told).toEqual([]);
  await clock.advance(30_000);
  expect(told[0]).toMatchObject({ moreDocuments: 3, moreProxies: 10 });
  expect(told[0]?.proxies.map(({ outcome }) => outcome).slice(0, 3)).toEqual(['acknowledged', 'left', 'waiting']);
  push?.ended('shop/p-2', 'acknowledged');
  expect(told).toHaveLength(1);
});

test('a storm is followed in part, and nothing at all with nobody to tell', async () => {
  const clock = fakeClock();
  const told: PushTrace[] = [];
  const traces = new PushTraces(clock, (trace) => void told.push(trace));
  for (let n = 0; n < 100; n++) traces.begin(clock.monotonic(), [KEY])?.announced();
  expect(told).toHaveLength(10);
  await clock.advance(3000);
  for (let n = 0; n < 100; n++) traces.begin(clock.monotonic(), [KEY])?.announced();
  expect(told).toHaveLength(13);
  expect(new PushTraces(clock, undefined).begin(clock.monotonic(), [KEY])).toBeUndefined();
});
