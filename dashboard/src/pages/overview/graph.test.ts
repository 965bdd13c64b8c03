import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EdgesView, EdgeView } from '../../../../src/api/index.ts';
import { linkWidth, strandOffsets } from './curve.ts';
import { type Graph, graphOf } from './graph.ts';
import { grouped, worthGrouping } from './grouping.ts';
import { layout, NODE_HEIGHT, NODE_WIDTH, type Places } from './layout.ts';
import { areaOf, ticksOf } from './strip-shape.ts';

const END = { workload: 'unknown', namespace: 'unknown', service: 'unknown', version: 'unknown', principal: 'unknown' };

function edge(from: string, to: string, more: Partial<EdgeView> & { readonly version?: string } = {}): EdgeView {
  const [a = '', b] = from.split('/');
  const { version = 'v1', ...rest } = more;
  const golden = { requests: 100, rps: 10, failures: 0, p99Ms: 20, security: 'mutual_tls', protocol: 'http' };
  const source = b === undefined ? END : { ...END, namespace: a, service: b };
  return { ...golden, source, destination: { ...END, called: to, version }, ...rest } as unknown as EdgeView;
}

const graph = (...items: readonly EdgeView[]): Graph => graphOf({ edges: { items } as unknown as EdgesView, stat: undefined, findings: [], services: [] });

describe('the graph', () => {
  test('calls of the same ends are one link: rates added up, versions as shares, the weakest security, callers without a proxy outside', () => {
    const { nodes, links } = graph(
      edge('shop/web', 'shop/checkout', { requests: 75, rps: 7.5 }),
      edge('shop/web', 'shop/checkout', { requests: 25, rps: 2.5, version: 'v2', failures: 20, security: 'none', p99Ms: 900 }),
      edge('unknown', 'shop/web', { security: 'unknown' }),
    );
    expect(nodes.map(({ id, kind }) => [id, kind])).toEqual([
      ['outside', 'outside'],
      ['shop/checkout', 'service'],
      ['shop/web', 'service'],
    ]);
    const [, checkout] = links;
    expect(checkout).toMatchObject({ rps: 10, failing: 0.2, p99Ms: 900, security: 'mixed', state: 'bad' });
    expect(checkout?.strands).toEqual([
      { version: 'v1', share: 0.75 },
      { version: 'v2', share: 0.25 },
    ]);
  });

  test('one of three requests is no state', () => {
    expect(graph(edge('a/b', 'a/c', { requests: 3, failures: 1 })).links[0]?.state).toBe('ok');
  });

  test('namespaces close over what is in them, and open again', () => {
    const many = Array.from({ length: 40 }, (_, at) => [edge('a/web', `a/s${at}`), edge(`a/s${at}`, `b/t${at}`)]).flat();
    const whole = graph(...many);
    expect(worthGrouping(whole)).toBe(true);
    const closed = grouped(whole, new Set());
    expect(closed.nodes.map(({ id, services }) => [id, services])).toEqual([
      ['a/', 41],
      ['b/', 40],
    ]);
    expect(closed.links).toMatchObject([{ from: 'a/', to: 'b/', rps: 400, security: 'mutual_tls' }]);
    expect(grouped(whole, new Set(['a', 'b'])).nodes).toEqual(whole.nodes);
  });
});

const overlap = (places: Places): boolean => {
  const all = [...places.values()];
  return all.some((a, at) => all.slice(at + 1).some((b) => Math.abs(a.x - b.x) < NODE_WIDTH && Math.abs(a.y - b.y) < NODE_HEIGHT));
};

const meshes = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 })), { minLength: 1, maxLength: 90 })
  .map((pairs) => graph(...pairs.map(([a, b]) => edge(`n/s${a}`, `n/s${b}`))));

describe('the layout', () => {
  test('property: everything has a place, nothing stands on another, and the same graph stands the same', () => {
    fc.assert(
      fc.property(meshes, (mesh) => {
        const places = layout(mesh, new Map());
        expect(places.size).toBe(mesh.nodes.length);
        expect(overlap(places)).toBe(false);
        expect([...layout(mesh, new Map())]).toEqual([...places]);
      }),
      { numRuns: 25 },
    );
  });

  test('what stood somewhere stays there when something new comes, and nothing lands on it', () => {
    const before = graph(edge('n/a', 'n/b'), edge('n/b', 'n/c'), edge('n/a', 'n/d'));
    const kept = new Map([...layout(before, new Map())].map(([id, { x, y }]) => [id, { x: x + 500, y: y - 300 }]));
    const after = layout(graph(edge('n/a', 'n/b'), edge('n/b', 'n/c'), edge('n/a', 'n/d'), edge('n/b', 'n/new')), kept);
    for (const [id, place] of kept) expect([id, after.get(id)]).toEqual([id, place]);
    expect(overlap(after)).toBe(false);
  });
});

test('lines: ten times as much is as much wider each time, strands lie about the middle', () => {
  expect([linkWidth(0), linkWidth(9), linkWidth(99), linkWidth(1e12)].map((each) => Math.round(each * 100) / 100)).toEqual([1.25, 2.5, 3.75, 8]);
  const [one, two] = strandOffsets(
    {
      strands: [
        { version: 'v1', share: 0.5 },
        { version: 'v2', share: 0.5 },
      ],
    },
    4,
  );
  expect([one?.offset, two?.offset]).toEqual([-2.5, 2.5]);
});

test('the strip: an area over the axis, nothing for no times', () => {
  const shape = { from: 0, to: 100, most: 10, width: 100, height: 12 };
  expect(areaOf([0, 50, 100], [0, 10, 5], shape)).toBe('M0,12L0,12L50,2L100,7L100,12Z');
  expect([areaOf([], [], shape), ticksOf(0, 100, 4)]).toEqual(['', [0, 25, 50, 75, 100]]);
});
