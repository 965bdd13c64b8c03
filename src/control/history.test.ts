// Whatever happens in whatever order, a proxy ends with what a control plane that has just started would give it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AdsClient } from '../../test/kit/ads-client.ts';
import { FakeSource, openWorld, route, scope, service, workload } from '../../test/kit/control-world.ts';
import { referencesOf } from '../envoy/index.ts';
import type { DocumentKey } from '../model/index.ts';

const NAMES = ['a', 'b', 'c'] as const;
const name = fc.constantFrom(...NAMES);
const PATHS = ['/', '/x', '/y'] as const;

type Edit = (source: FakeSource) => void;

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(name, fc.integer({ min: 1, max: 3 }), fc.constantFrom('Starting', 'Ready', 'Draining')).map(
    ([app, at, state]): Edit =>
      (source) =>
        source.put(workload(`${app}-${at}`, app, { address: `127.0.0.${at}`, state })),
  ),
  fc.tuple(name, fc.integer({ min: 1, max: 3 })).map(
    ([app, at]): Edit =>
      (source) =>
        source.delete(`weft.dev/Workload/shop/${app}-${at}` as DocumentKey),
  ),
  fc.tuple(name, fc.constantFrom('http', 'tcp', 'grpc')).map(
    ([app, appProtocol]): Edit =>
      (source) =>
        source.put(service(app, { ports: [{ name: 'p', port: 80, targetPort: 8080, appProtocol }] })),
  ),
  name.map(
    (app): Edit =>
      (source) =>
        source.delete(`Service/shop/${app}` as DocumentKey),
  ),
  fc.tuple(name, name, fc.constantFrom(...PATHS)).map(
    ([parent, backend, value]): Edit =>
      (source) =>
        source.put(route(`to-${parent}`, parent, [{ matches: [{ path: { type: 'PathPrefix', value } }], backendRefs: [{ name: backend, port: 80 }] }])),
  ),
  name.map(
    (parent): Edit =>
      (source) =>
        source.delete(`gateway.networking.k8s.io/HTTPRoute/shop/to-${parent}` as DocumentKey),
  ),
  fc.subarray([...NAMES]).map(
    (services): Edit =>
      (source) =>
        source.put(scope('web', 'web', services)),
  ),
  fc.constant((source: FakeSource) => source.delete('weft.dev/Scope/shop/web' as DocumentKey)),
);

/** Names and versions, which are hashes of the bytes. Endpoints and routes that nothing points to are let go in silence, so only those in use count; certificates differ by nature. */
function holdings(client: AdsClient): Record<string, readonly string[]> {
  const used = new Set<string>(
    ['cluster', 'listener'].flatMap((type) =>
      [...client.held.of(type as 'cluster').values()].flatMap((one) => referencesOf(one).map((to) => `${to.type} ${to.name}`)),
    ),
  );
  return Object.fromEntries(
    (['cluster', 'listener', 'endpoints', 'routes'] as const).map((type) => {
      const held = [...client.held.of(type).values()].filter((one) => type === 'cluster' || type === 'listener' || used.has(`${type} ${one.name}`));
      return [type, held.map((one) => `${one.name} ${one.version}`).sort()];
    }),
  );
}

test('any history gives the same bytes as a fresh start', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(edit, fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 25 }), async (history) => {
      const world = await openWorld({ documents: [service('a'), service('b'), workload('web', 'web'), workload('a-1', 'a')] });
      let web = await world.connect('web');
      for (const [change, settles, reconnects] of history) {
        change(world.source);
        if (settles) await world.settle();
        if (!reconnects) continue;
        web.close();
        web = await world.connect('web', { held: web.held });
      }
      await world.settle();
      await world.clock.advance(12_000);
      const source = new FakeSource();
      for (const [key, document] of world.source.documents) source.documents.set(key, document);
      const fresh = await openWorld({ source });
      const other = await fresh.connect('web');
      await fresh.clock.advance(12_000);
      expect(holdings(web)).toEqual(holdings(other));
      expect(world.plane.sizes).toEqual(fresh.plane.sizes);
      // No exception, no refusal, and nothing that points at something that is not there.
      expect([...world.logged, ...fresh.logged].filter(({ level }) => level === 'error')).toEqual([]);
      expect(world.plane.proxies().find((one) => one.id === 'shop/web')?.sync).toBe('in sync');
    }),
    { numRuns: 30 },
  );
});
