import { expect, test } from 'vitest';
import { document, route, service } from '../../test/kit/control-world.ts';
import { diagnostic } from '../model/index.ts';
import { statusOf } from './conditions.ts';
import { shortWords } from './envoy-words.ts';

const now = Date.UTC(2026, 10, 21, 13);
const absent = { kind: 'absent' } as const;
const at = (path: string) => ({ kind: 'HTTPRoute', namespace: 'shop', name: 'r', path });
const counted = (running: number, total: number, refused = 0) => ({ kind: 'counted', running, total, refused, words: 'bad regex' }) as const;

test('lastTransitionTime moves with the status only', () => {
  const plain = document(service('checkout'));
  const first = statusOf({ document: plain, diagnostics: [], programmed: counted(1, 2), now });
  const second = statusOf({ document: { ...plain, status: first }, diagnostics: [], programmed: counted(0, 2), now: now + 5000 });
  const third = statusOf({ document: { ...plain, status: second }, diagnostics: [], programmed: counted(2, 2), now: now + 9000 });
  const times = [first, second, third].map((status) => (status['conditions'] as { lastTransitionTime: string }[]).map((one) => one.lastTransitionTime));
  expect(times).toEqual([
    ['2026-11-21T13:00:00Z', '2026-11-21T13:00:00Z', '2026-11-21T13:00:00Z'],
    ['2026-11-21T13:00:00Z', '2026-11-21T13:00:00Z', '2026-11-21T13:00:00Z'],
    ['2026-11-21T13:00:00Z', '2026-11-21T13:00:00Z', '2026-11-21T13:00:09Z'],
  ]);
});

test('what concerns one parent of a route stands at that parent; other controllers keep theirs', () => {
  const rules = [{ backendRefs: [{ name: 'a', port: 80 }] }];
  const two = document({ ...route('r', 'a', rules), spec: { parentRefs: ['a', 'b'].map((name) => ({ group: '', kind: 'Service', name })), rules } });
  const foreign = { parentRef: { name: 'a' }, controllerName: 'example.com/other', conditions: [] };
  const diagnostics = [diagnostic('WEFT1307', at('spec.parentRefs[1]'), 'Service shop/b does not exist')];
  const status = statusOf({ document: { ...two, status: { parents: [foreign] } }, diagnostics, programmed: absent, now });
  expect(status).toMatchObject({
    parents: [
      foreign,
      {
        parentRef: { name: 'a' },
        conditions: [
          { type: 'Accepted', status: 'True', reason: 'Accepted' },
          { type: 'ResolvedRefs', status: 'True' },
        ],
      },
      { parentRef: { name: 'b' }, conditions: [{ type: 'Accepted', status: 'False', reason: 'NoMatchingParent' }, {}] },
    ],
  });
});

test('how far the proxies are', () => {
  const plain = document(service('checkout'));
  const said = (programmed: Parameters<typeof statusOf>[0]['programmed']): unknown =>
    (statusOf({ document: plain, diagnostics: [], programmed, now })['conditions'] as { type: string; status: string; reason: string; message: string }[])
      .filter((one) => one.type === 'Programmed')
      .map(({ status, reason, message }) => `${status} ${reason}: ${message}`)[0];
  expect(said(absent)).toBeUndefined();
  expect(said(counted(100, 100))).toBe('True Programmed: 100 of 100 proxies run it');
  expect(said(counted(97, 100, 3))).toBe('False Invalid: 97 of 100 proxies run it; 3 refused: bad regex');
  expect(said(counted(97, 100))).toBe('False Pending: 97 of 100 proxies run it');
  expect(said(counted(0, 0))).toBe('Unknown Pending: no connected proxy needs it');
  expect(said({ kind: 'refused', words: 'bad regex', proxy: 'shop/web', lastGood: true })).toBe(
    'False Invalid: refused by Envoy (shop/web): bad regex; proxies run its last accepted version',
  );
});

test('Envoy’s words without the protobuf text it appends', () => {
  const dump = 'Proto constraint validation failed (RouteValidationError.Match: (x)): name: "secret"\nroute {\n}';
  expect(shortWords(dump)).toBe('Proto constraint validation failed (RouteValidationError.Match: (x))');
  expect(shortWords('a\n  b')).toBe('a b');
  expect(shortWords('x'.repeat(1000))).toHaveLength(400);
});

test('filters that exclude each other are told in the words of Gateway API', () => {
  const one = document(route('r', 'a', [{ backendRefs: [{ name: 'a', port: 80 }] }]));
  const diagnostics = [diagnostic('WEFT1216', at('spec.rules[0].filters'), 'a redirect and a rewrite')];
  const parents = [{ conditions: [{ type: 'Accepted', status: 'False', reason: 'IncompatibleFilters' }, { type: 'ResolvedRefs' }] }];
  expect(statusOf({ document: one, diagnostics, programmed: absent, now })).toMatchObject({ parents });
});
