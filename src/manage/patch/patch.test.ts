import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonPatch, mergeApplied, mergePatch, strategicPatch } from './index.ts';

describe('merge patch (RFC 7396, appendix A)', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (value, patch, result) => expect(mergePatch(value, patch)).toEqual(result));
});

describe('JSON patch (RFC 6902, appendix A)', () => {
  test.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
    [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [{ foo: ['a', 'b', 'c'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['a', 'c'] }],
    [{ baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [{ foo: { bar: 1 }, qux: {} }, [{ op: 'move', from: '/foo/bar', path: '/qux/thud' }], { foo: {}, qux: { thud: 1 } }],
    [{ foo: ['all', 'grass', 'cows', 'eat'] }, [{ op: 'move', from: '/foo/1', path: '/foo/3' }], { foo: ['all', 'cows', 'eat', 'grass'] }],
    [
      { a: { b: 1 } },
      [
        { op: 'copy', from: '/a', path: '/c' },
        { op: 'replace', path: '/c/b', value: 2 },
      ],
      { a: { b: 1 }, c: { b: 2 } },
    ],
    [
      { '/': 9, '~1': 10 },
      [
        { op: 'test', path: '/~01', value: 10 },
        { op: 'replace', path: '/~1', value: 8 },
      ],
      { '/': 8, '~1': 10 },
    ],
    [{ a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  ])('%j with %j is %j', (value, patch, result) => {
    const before = structuredClone(value);
    expect(jsonPatch(value, patch)).toEqual(result);
    expect(value).toEqual(before);
  });

  test.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz/bat', value: 'qux' }]],
    [{ foo: [1] }, [{ op: 'add', path: '/foo/2', value: 1 }]],
    [{ foo: [1] }, [{ op: 'replace', path: '/foo/01', value: 1 }]],
    [{ foo: 1 }, [{ op: 'remove', path: '/bar' }]],
    [{ foo: { a: 1 } }, [{ op: 'move', from: '/foo', path: '/foo/a' }]],
    [{ foo: 1 }, [{ op: 'spell', path: '/foo' }]],
    [{ foo: 1 }, [{ op: 'add', path: 'foo', value: 1 }]],
    [{ foo: 1 }, [{ op: 'add', path: '/__proto__/x', value: 1 }]],
    [{ foo: 1 }, { op: 'remove', path: '/foo' }],
    [{ foo: 1 }, [{ op: 'replace', path: '/toString', value: 1 }]],
  ])('%j with %j is refused', (value, patch) => expect(() => jsonPatch(value, patch)).toThrow(expect.objectContaining({ code: 'bad-request' })));
});

describe('strategic merge patch', () => {
  const service = {
    spec: {
      ports: [
        { port: 80, name: 'http' },
        { port: 90, name: 'grpc' },
      ],
      selector: { a: '1' },
    },
  };

  test.each([
    [
      'changes one port by its number',
      { spec: { ports: [{ port: 80, name: 'web' }] } },
      [
        { port: 80, name: 'web' },
        { port: 90, name: 'grpc' },
      ],
    ],
    ['adds a port', { spec: { ports: [{ port: 70 }] } }, [{ port: 80, name: 'http' }, { port: 90, name: 'grpc' }, { port: 70 }]],
    ['deletes a port', { spec: { ports: [{ port: 80, $patch: 'delete' }] } }, [{ port: 90, name: 'grpc' }]],
    ['replaces all ports', { spec: { ports: [{ port: 1 }, { $patch: 'replace' }] } }, [{ port: 1 }]],
    [
      'orders ports',
      { spec: { '$setElementOrder/ports': [{ port: 90 }, { port: 70 }, { port: 80 }], ports: [{ port: 70 }] } },
      [{ port: 90, name: 'grpc' }, { port: 70 }, { port: 80, name: 'http' }],
    ],
  ])('%s', (_name, patch, ports) => expect(strategicPatch(service, patch)).toMatchObject({ spec: { ports, selector: { a: '1' } } }));

  test('directives on maps and plain lists', () => {
    expect(strategicPatch(service, { spec: { selector: { $patch: 'replace', b: '2' } } })).toMatchObject({ spec: { selector: { b: '2' } } });
    expect(strategicPatch(service, { spec: { $retainKeys: ['selector'], selector: { c: '3' } } })).toEqual({ spec: { selector: { a: '1', c: '3' } } });
    expect(strategicPatch({ metadata: { finalizers: ['a', 'b'] } }, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } })).toEqual(
      { metadata: { finalizers: ['b', 'c'] } },
    );
    expect(() => strategicPatch(service, { spec: { ports: [{ name: 'x' }] } })).toThrow(/has no port/);
    expect(() => strategicPatch(service, { spec: { $patch: 'burn' } })).toThrow(/unknown directive/);
  });
});

test('property: applying is idempotent, gives what was applied, and never touches what only others applied', () => {
  const leaf = fc.constantFrom('1', '2', '3');
  const tree = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(leaf, fc.dictionary(fc.constantFrom('x', 'y'), leaf)), { maxKeys: 3 });
  const contains = (whole: unknown, part: unknown): boolean =>
    part !== null && typeof part === 'object'
      ? Object.entries(part).every(([key, value]) => contains((whole as Record<string, unknown> | undefined)?.[key], value))
      : whole === part;
  fc.assert(
    fc.property(fc.array(fc.record({ manager: fc.constantFrom('one', 'two'), spec: tree }), { minLength: 1, maxLength: 8 }), (steps) => {
      let live: Readonly<Record<string, unknown>> | undefined;
      let remembered: string | undefined;
      const last = new Map<string, unknown>();
      for (const { manager, spec } of steps) {
        const applied = { kind: 'X', spec };
        const result = mergeApplied({ live, applied, manager, remembered });
        expect(mergeApplied({ live: result.document, applied, manager, remembered: result.remembered })).toEqual(result);
        expect(contains(result.document['spec'], spec)).toBe(true);
        last.set(manager, spec);
        ({ document: live, remembered } = result);
      }
      const alone = steps.every((step) => step.manager === steps[0]?.manager);
      if (alone) expect(prune(live?.['spec'])).toEqual(prune(steps.at(-1)?.spec));
    }),
  );
});

/** Empty maps say nothing. */
function prune(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (typeof each === 'object' && Object.keys(each ?? {}).length === 0 ? [] : [[key, prune(each)]])),
  );
}
