// R-20: documents that are made to hurt are refused, with words, before they cost anything; whoever sends them may write.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, SERVICES, type TestApi } from '../../test/kit/manage-api.ts';
import { readBody } from './body.ts';
import { YAML_SIZE } from './yaml.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ flood: { burst: 1e6, perSecond: 1e6 } });
});
afterAll(async () => api[Symbol.asyncDispose]());

const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';
const json = (text: string): unknown => readBody(text, JSON_TYPE);
const yaml = (text: string): unknown => readBody(text, YAML_TYPE);

/** Nine times nine times nine …: a kilobyte that is a gigabyte. */
const BOMB = ['a0: &a0 [x,x,x,x,x,x,x,x,x]', ...Array.from({ length: 11 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(',')}]`)].join(
  '\n',
);
const fields = (count: number, of: (n: number) => string, between: string): string => Array.from({ length: count }, (_, n) => of(n)).join(between);

const POISON: readonly (readonly [what: string, type: string, body: string, said: RegExp])[] = [
  ['aliases that multiply', YAML_TYPE, BOMB, /alias/],
  ['100,000 levels of JSON', JSON_TYPE, '['.repeat(1e5), /more than 100 levels/],
  ['100,000 levels of maps', JSON_TYPE, '{"a":'.repeat(1e5), /more than 100 levels/],
  ['as many levels of YAML as there may be', YAML_TYPE, '['.repeat(YAML_SIZE), /nested too deep|is not YAML/],
  ['levels of YAML by dashes', YAML_TYPE, '- '.repeat(YAML_SIZE / 2), /nested too deep|is not YAML|levels/],
  ['anchors without end', YAML_TYPE, '&a '.repeat(YAML_SIZE / 3), /is not YAML/],
  ['YAML that is long', YAML_TYPE, fields(20_000, (n) => `k${n}: 1`, '\n'), /may have 32768 characters/],
  ['JSON that is long and broken, under the name of YAML', YAML_TYPE, `{"a":[${fields(20_000, String, ',')}`, /is not JSON/],
  ['__proto__', JSON_TYPE, '{"__proto__":{"polluted":true}}', /__proto__/],
  ['__proto__ in YAML', YAML_TYPE, '__proto__: {polluted: true}', /__proto__/],
  ['__proto__ by escapes', JSON_TYPE, '{"\\u005f_proto__":{"polluted":true}}', /__proto__/],
  ['a field twice', JSON_TYPE, '{"kind":"Service","kind":"Secret"}', /"kind" stands twice in one map at line 1, column 19/],
  ['a field twice, once in escapes', JSON_TYPE, '{"spec":{"kind":1,"k\\u0069nd":2}}', /"kind" stands twice/],
  ['a field twice in YAML', YAML_TYPE, 'a:\n  b: 1\n  b: 2\n', /"b" stands twice in one map at line 3, column 3/],
  ['a field twice in what is long', JSON_TYPE, `{"a":1,${fields(20_000, (n) => `"k${n}":${n}`, ',')},"a":2}`, /a field twice/],
  ['half a surrogate pair', JSON_TYPE, '{"a":"\\ud800"}', /surrogate/],
  ['half a surrogate pair in a name', JSON_TYPE, '{"\\udfff":1}', /surrogate/],
  ['half a surrogate pair in YAML', YAML_TYPE, 'a: "\\ud800"', /surrogate|is not YAML/],
  ['a NUL', JSON_TYPE, '{"a":"b\\u0000c"}', /NUL/],
  ['a NUL in YAML', YAML_TYPE, 'a: "b\\0c"', /NUL/],
];

describe('poison', () => {
  test.each(POISON)('%s', async (_what, type, body, said) => {
    expect(() => readBody(body, type)).toThrow(said);
    const reply = await api.call('POST', SERVICES, { body, type });
    expect([reply.status, reply.body]).toEqual([
      expect.toSatisfy((status: number) => status === 400 || status === 413),
      expect.objectContaining({ kind: 'Status' }),
    ]);
    expect([api.logged, ({} as Record<string, unknown>)['polluted']]).toEqual([[], undefined]);
  });

  test('ten megabytes are not read', async () => {
    const reply = await api.call('POST', SERVICES, { body: JSON.stringify({ a: 'x'.repeat(10 * 1024 * 1024) }) });
    expect(reply.status).toBe(413);
  });

  test('a hundred thousand hosts', async () => {
    const hostnames = Array.from({ length: 1e5 }, (_, n) => `${n.toString(36)}.a`);
    const document = (apiVersion: string, kind: string, spec: object) => ({ apiVersion, kind, metadata: { name: 'many', namespace: 'shop' }, spec });
    const documents = [
      document('gateway.networking.k8s.io/v1', 'HTTPRoute', { parentRefs: [{ group: '', kind: 'Service', name: 'a' }], hostnames, rules: [{}] }),
      document('weft.dev/v1alpha1', 'ExternalService', { hosts: hostnames, ports: [{ port: 80 }] }),
    ];
    for (const each of documents) {
      const reply = await api.call('POST', '/weft/v1/apply', { body: JSON.stringify({ documents: [each] }) });
      expect([each.kind, JSON.stringify(reply.body).includes('"severity":"error"') || reply.status >= 400]).toEqual([each.kind, true]);
    }
  });
});

describe('what is no poison', () => {
  test('property: JSON is read as it is meant, colons, quotes, backslashes and all', () => {
    const clean = fc.jsonValue({ maxDepth: 4, noUnicodeString: false }).filter((value) => !/\\u0000|\\ud[89a-f]|__proto__/i.test(JSON.stringify(value)));
    fc.assert(
      fc.property(clean, (value) => {
        expect(json(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(json(JSON.stringify(value, null, 2))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 300 },
    );
  });

  test('property: a map with a name twice is never read', () => {
    const name = fc.string({ maxLength: 6 }).filter((text) => text !== '__proto__' && !text.includes('\0') && text.isWellFormed());
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 4 }), (twice, others) => {
        const written = [twice, ...others, twice].map((each) => `${JSON.stringify(each)}:{"a":":"}`).join(',');
        expect(() => json(`[{${written}}]`)).toThrow(/twice/);
      }),
    );
  });

  test('YAML of people, and JSON of any size under its name', () => {
    expect(yaml('a: &x {b: 1}\nc: *x\nd: [1, "2", ~]\n? e\n: f\n')).toEqual({ a: { b: 1 }, c: { b: 1 }, d: [1, '2', null], e: 'f' });
    const long = { items: Array.from({ length: 20_000 }, (_, n) => ({ name: `n${n}` })) };
    expect(yaml(JSON.stringify(long))).toEqual(long);
    expect(json('{"a":"\\ud83d\\ude00 \u{1f600}"}')).toEqual({ a: '😀 😀' });
  });
});
