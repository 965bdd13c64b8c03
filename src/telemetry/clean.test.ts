import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clean, cleanHost, cleanPath, withoutSecrets } from './clean.ts';
import { templateOf } from './template.ts';

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

test('values of queries go, names stay; what looks like a secret goes everywhere', () => {
  expect(cleanPath('/pay?card=4111&who=a@b.c&flag')).toBe('/pay?card=…&who=…&…');
  expect(cleanPath(`/reset/${TOKEN}/now`)).toBe('/reset/…/now');
  expect(cleanPath('/hooks/0123456789abcdef0123456789abcdef01234567')).toBe('/hooks/…');
  expect(cleanPath('/a-long-but-quite-readable-name-of-a-resource-for-all')).toBe('/a-long-but-quite-readable-name-of-a-resource-for-all');
  expect(withoutSecrets('curl/8 Bearer abc.def')).toBe('curl/8 …');
  expect(cleanHost('user:pass@shop.mesh:80')).toBe('shop.mesh:80');
});

test('whatever was sent, what is kept is short, one line, and text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 3000 }), fc.string({ maxLength: 3000 })), (text) => {
      for (const kept of [clean(text, 100), cleanPath(text), cleanHost(text)]) {
        expect(kept.length).toBeLessThanOrEqual(2100);
        expect(kept).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202e]/u);
        expect(JSON.parse(JSON.stringify(kept))).toBe(kept);
      }
      expect(templateOf(cleanPath(text)).length).toBeLessThanOrEqual(2100);
    }),
  );
});

test('ids are taken out of paths, words stay', () => {
  const cases: Readonly<Record<string, string>> = {
    '/orders/8124/items?x=1': '/orders/{*}/items',
    '/users/9b2e4c1e-7f0a-4f0e-8b7e-0f6f0f6f0f6f': '/users/{*}',
    '/v1/accounts/ord_8124/balance': '/v1/accounts/{*}/balance',
    '/commits/4f2a9c11': '/commits/{*}',
    '/api/v2/health': '/api/v2/health',
    '/decade/feedface': '/decade/feedface',
    '/mail/a@b.c': '/mail/{*}',
    '/*': '/%2A',
    '/files/{**}': '/files/%7B%2A%2A%7D',
    '/': '/',
    '': '',
    '*': '{*}',
  };
  expect(Object.fromEntries(Object.keys(cases).map((path) => [path, templateOf(path)]))).toEqual(cases);
});
