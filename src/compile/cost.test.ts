// What a change costs, counted: reads of tables and encoded resources, never time.
import { describe, expect, test, vi } from 'vitest';
import { meshOf, sha256 } from '../../test/kit/compiled.ts';
import { document } from '../../test/kit/random-documents/index.ts';
import { Table } from '../base/index.ts';
import { apply, type Document } from '../model/index.ts';
import { affected, emitService, planService, viewOf } from './index.ts';

describe('the work of a change', () => {
  /** A mesh of `size` services, each with a workload and a route, and what changing one route and one endpoint names. */
  function workOf(size: number): unknown {
    const list = Array.from({ length: size }, (_, at) => {
      const own = `s${at}`;
      return [
        document('v1', 'Service', { namespace: 'a', name: own }, { selector: { app: own }, ports: [{ port: 80, targetPort: 8080, appProtocol: 'http' }] }),
        document(
          'weft.dev/v1alpha1',
          'Workload',
          { namespace: 'a', name: own, labels: { app: own } },
          { address: '10.0.0.1', ports: [{ port: 8080 }], proxy: { capture: { mode: 'netns', netns: '/n', resolvers: [] }, bind: '10.0.0.1' } },
        ),
        document(
          'gateway.networking.k8s.io/v1',
          'HTTPRoute',
          { namespace: 'a', name: own },
          { parentRefs: [{ group: '', kind: 'Service', name: own }], rules: [{ backendRefs: [{ name: own, port: 80 }] }] },
        ),
      ];
    }).flat();
    const mesh = meshOf(list);
    const change = (each: Document, spec: Readonly<Record<string, unknown>>) => {
      const { mesh: next, changes } = apply(mesh, [{ kind: 'put', document: { ...each, spec: { ...each.spec, ...spec } } }]);
      const { services, proxies } = affected(mesh, next, changes);
      const bytes = [...services].flatMap(
        ([key, parts]) => emitService(planService(next, key, viewOf(next, next.workloads.get('a/s1') as never, key)), sha256, parts).resources,
      );
      return {
        services: [...services],
        proxies: proxies === 'all' ? 'all' : [...proxies],
        encoded: bytes.map((resource) => `${resource.type} ${resource.version}`),
      };
    };
    const route1 = list.find((each) => each.kind === 'HTTPRoute' && each.metadata.name === 's7') as Document;
    const workload1 = list.find((each) => each.kind === 'Workload' && each.metadata.name === 's7') as Document;
    return [change(route1, { rules: [{ timeouts: { request: '1s' }, backendRefs: [{ name: 's7', port: 80 }] }] }), change(workload1, { state: 'Draining' })];
  }

  /** Reads of table entries that finding out what changes of one service touch takes, in a mesh of `size` workloads, each with a Scope of its own. */
  function readsOf(size: number): { readonly reads: readonly number[]; readonly proxies: unknown } {
    const http = (own: string, port: number) =>
      document('v1', 'Service', { namespace: 'a', name: own }, { selector: { app: own }, ports: [{ port, targetPort: 8080, appProtocol: 'http' }] });
    const list = Array.from({ length: size }, (_, at) => [
      http(`s${at}`, 80),
      document(
        'weft.dev/v1alpha1',
        'Workload',
        { namespace: 'a', name: `w${at}`, labels: { app: `s${at}`, tier: 'web' } },
        { address: '10.0.0.1', proxy: { capture: { mode: 'none' } } },
      ),
      document('weft.dev/v1alpha1', 'Scope', { namespace: 'a', name: `c${at}` }, { selector: { app: `s${at}` }, services: [`s${at + 1}`, 'a/s3', 'b/*'] }),
    ]).flat();
    const mesh = meshOf(list.filter((each) => each.metadata.name !== 'c9'));
    const changed = (each: Document): { readonly reads: number; readonly found: unknown } => {
      const { mesh: next, changes } = apply(mesh, [{ kind: 'put', document: each }]);
      affected(mesh, next, changes); // what is found once per set of workloads is found
      const spies = (['get', 'has', 'keys', 'values', 'entries'] as const).map((method) => vi.spyOn(Table.prototype, method));
      const { proxies } = affected(mesh, next, changes);
      const reads = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
      vi.restoreAllMocks();
      return { reads, found: proxies === 'all' ? 'all' : [...proxies].sort() };
    };
    const all = [http('s5', 81), http('new', 80)].map(changed);
    return { reads: all.map((each) => each.reads), proxies: all.map((each) => each.found) };
  }

  test('of a service looks only at the scopes that name it', () => {
    const small = readsOf(20);
    // Its own workload, the one whose Scope names it, and the one that has no Scope.
    expect(small.proxies).toEqual([['a/w4', 'a/w5', 'a/w9'], ['a/w9']]);
    expect(readsOf(2000)).toEqual(small);
    for (const reads of small.reads) expect(reads).toBeLessThan(40);
  });

  test('is the same in a mesh of 100 services and in one of 10,000', () => {
    const small = workOf(100);
    expect(small).toMatchObject([
      { services: [['a/s7', { clusters: false, endpoints: false, routes: true }]], proxies: [], encoded: [expect.any(String)] },
      { services: [['a/s7', { clusters: false, endpoints: true, routes: false }]], proxies: [], encoded: [expect.any(String)] },
    ]);
    expect(workOf(10_000)).toEqual(small);
  });
});
