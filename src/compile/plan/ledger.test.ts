import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meshOf } from '../../../test/kit/compiled.ts';
import { apply, type Document, documentKey, type Mesh, type ModelEvent, routesOfService, type ServiceKey } from '../../model/index.ts';
import { alikeOn, attachedAt, candidatesOf } from './ledger.ts';
import { meaningOf } from './meaning.ts';

const SERVICE = 'a/s' as ServiceKey;
const metadata = { labels: {}, annotations: {} };
const service: Document = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'a', name: 's', ...metadata },
  spec: { ports: [80, 81].map((port) => ({ name: `p${port}`, port, appProtocol: 'http' })) },
};

const route = fc
  .record({
    name: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6'),
    namespace: fc.constantFrom('a', 'b'),
    age: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
    port: fc.option(fc.constantFrom(80, 81), { nil: undefined }),
    paths: fc.array(fc.constantFrom('/', '/a', '/a/', '/a/b', '/c'), { minLength: 1, maxLength: 3 }),
    exact: fc.boolean(),
  })
  .map(
    ({ name, namespace, age, port, paths, exact }): Document => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { namespace, name, creationTimestamp: age, ...metadata },
      spec: {
        parentRefs: [{ group: '', kind: 'Service', namespace: 'a', name: 's', ...(port === undefined ? {} : { port }) }],
        rules: paths.map((value) => ({ matches: [{ path: { type: exact ? 'Exact' : 'PathPrefix', value } }], backendRefs: [{ name: 's', port: 80 }] })),
      },
    }),
  );

/** What a ledger answers, worked out from nothing. */
function anew(mesh: Mesh, port: number, namespace: string) {
  const attaches = (ports: readonly (number | undefined)[]): boolean => ports.some((each) => each === undefined || each === port);
  const routes = routesOfService(mesh, SERVICE).filter(
    (each) => each.namespace === namespace && attaches(each.parents.map((parent) => (parent.kind === 'Service' ? parent.port : undefined))),
  );
  return { routes: routes.length, candidates: candidatesOf(routes) };
}

test('a ledger that went through a history answers as one that begins today', () => {
  const step = fc.tuple(fc.array(fc.tuple(route, fc.boolean()), { minLength: 1, maxLength: 4 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (history) => {
      let mesh = meshOf([service]);
      for (const [documents, back] of history) {
        const events = documents.map(([document, gone]): ModelEvent => (gone ? { kind: 'delete', key: documentKey(document) } : { kind: 'put', document }));
        const next = apply(mesh, events).mesh;
        for (const asked of back ? [next, mesh, next] : [next]) compare(asked);
        mesh = next;
      }
    }),
    { numRuns: Number(process.env['WEFT_RUNS'] ?? 60) },
  );
});

function compare(mesh: Mesh): void {
  const found = mesh.services.get(SERVICE);
  for (const port of found?.ports ?? []) {
    if (found === undefined) continue;
    for (const namespace of ['a', 'b']) expect(attachedAt(mesh, { service: found, port }, namespace)).toEqual(anew(mesh, port.port, namespace));
  }
  const all = candidatesOf(routesOfService(mesh, SERVICE));
  for (const { route: of, match, extensions } of all) {
    const alike = all.filter((each) => each.route.namespace === of.namespace && meaningOf(each) === meaningOf({ match, extensions }));
    expect(alikeOn(mesh, SERVICE, { namespace: of.namespace, kind: of.kind, meant: { match, extensions } })).toEqual(alike);
  }
}
