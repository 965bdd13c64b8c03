import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DIAGNOSTICS,
  documentKey,
  editDistance,
  formatDuration,
  joinPath,
  makeDocumentKey,
  nearest,
  parentPath,
  parseDuration,
  parseSpiffeId,
  spiffeId,
  splitDocumentKey,
  splitPath,
  type TrustDomain,
} from './index.ts';

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['250ms', 250],
    ['10s', 10_000],
    ['1h30m', 5_400_000],
    ['1h1m1s1ms', 3_661_001],
    ['99999s', 99_999_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '10', '1.5s', '-1s', '1d', 's', '1s ', '100000s', '1s1s1s1s1s', '10S'])('"%s" is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.nat({ max: 3_600_000 * 24 * 365 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('a mistyped word', () => {
  it.each([
    ['wieght', 'weight'],
    ['Weight', 'weight'],
    ['weigth', 'weight'],
    ['backendRef', 'backendRefs'],
    ['matchs', 'matches'],
  ])('%s is %s', (word, meant) => {
    expect(nearest(word, ['matches', 'backendRefs', 'weight', 'timeouts'])).toBe(meant);
  });

  it('that is like nothing is nothing', () => expect(nearest('colour', ['matches', 'weight'])).toBeUndefined());

  it('costs one for neighbours that changed places', () => expect(editDistance('wieght', 'weight')).toBe(1));
});

describe('keys and paths', () => {
  const anySegment = fc.oneof(fc.nat({ max: 20 }), fc.string({ minLength: 1 }));

  it('of documents can be taken apart', () => {
    expect(makeDocumentKey('', 'Service', 'shop', 'checkout')).toBe('Service/shop/checkout');
    expect(makeDocumentKey('weft.dev', 'Mesh', '', 'default')).toBe('weft.dev/Mesh//default');
    for (const parts of [
      { group: '', kind: 'Service', namespace: 'shop', name: 'a' },
      { group: 'weft.dev', kind: 'Mesh', namespace: '', name: 'default' },
    ])
      expect(splitDocumentKey(makeDocumentKey(parts.group, parts.kind, parts.namespace, parts.name))).toEqual(parts);
    expect(documentKey({ apiVersion: 'weft.dev/v1alpha1', kind: 'Scope', metadata: { namespace: 'shop', name: 'a' } })).toBe('weft.dev/Scope/shop/a');
  });

  it('of fields can be taken apart', () => {
    expect(joinPath(['spec', 'rules', 0, 'matches', 1])).toBe('spec.rules[0].matches[1]');
    expect(joinPath(['metadata', 'labels', 'app.kubernetes.io/name'])).toBe('metadata.labels["app.kubernetes.io/name"]');
    fc.assert(
      fc.property(fc.array(anySegment), (path) => {
        expect(splitPath(joinPath(path))).toEqual(path);
      }),
    );
  });

  it('end at the whole when one goes up', () => {
    fc.assert(
      fc.property(fc.array(anySegment, { maxLength: 5 }), (path) => {
        let at = joinPath(path);
        for (let steps = at.length; at !== ''; steps--) {
          expect(steps).toBeGreaterThan(0);
          at = parentPath(at);
        }
      }),
    );
  });
});

describe('identities', () => {
  it('are read as they were made', () => {
    const id = spiffeId('example.mesh' as TrustDomain, 'shop', 'web');
    expect(id).toBe('spiffe://example.mesh/ns/shop/sa/web');
    expect(parseSpiffeId(id)).toEqual({ ok: true, value: { id, trustDomain: 'example.mesh', namespace: 'shop', serviceAccount: 'web' } });
  });

  it.each([
    '',
    'spiffe://example.mesh',
    'spiffe://example.mesh/ns/shop/sa/',
    'spiffe://example.mesh/ns/shop/sa/web/x',
    'https://example.mesh/ns/shop/sa/web',
    'spiffe://EXAMPLE/ns/shop/sa/web',
  ])('"%s" is none', (text) => {
    expect(parseSpiffeId(text).ok).toBe(false);
  });
});

describe('the table of diagnostics', () => {
  it('says something helpful for each code', () => {
    for (const [code, kind] of Object.entries(DIAGNOSTICS)) {
      expect(code).toMatch(/^WEFT[12]\d\d\d$/);
      expect(kind.title.length, code).toBeGreaterThan(3);
      expect(kind.docs, code).toMatch(/\.$/);
      expect(kind.hint, code).not.toMatch(/\.$/);
    }
  });
});
