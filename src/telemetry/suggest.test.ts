import { expect, test } from 'vitest';
import type { PeerView, UseView } from '../api/index.ts';
import { ENOUGH_SAMPLES, mergePaths, suggest } from './suggest.ts';
import { verdictsOf } from './verdicts.ts';

const id = (account: string): string => `spiffe://example.mesh/ns/${account.split('/')[0]}/sa/${account.split('/')[1]}`;
const FIRST = '2026-11-20T10:00:00.000Z';
const LAST = '2026-11-21T09:00:00.000Z';

const peer = (source: string, more: Partial<PeerView> = {}): PeerView => ({
  ...{ security: 'mtls', source: source === '' ? '' : id(source), address: '', destination: id('shop/ledger'), service: 'shop/ledger', port: 8080 },
  ...{ connections: 3, first: FIRST, last: LAST, why: '' },
  ...more,
});
const use = (source: string, method: string, path: string, more: Partial<UseView> = {}): UseView => ({
  ...{ outcome: 'passed', source: id(source), destination: id('shop/ledger'), service: 'shop/ledger', port: 8080, method, path, policy: '' },
  ...{ count: ENOUGH_SAMPLES, first: FIRST, last: LAST },
  ...more,
});
const since = Date.parse('2026-11-20T09:00:00.000Z');
const observed = (peers: readonly PeerView[], uses: readonly UseView[]) => suggest('shop/ledger', { since, peers, uses });

test('callers by their accounts; methods and paths where enough was seen; whoever was only refused is left out', () => {
  const found = observed(
    [
      peer('shop/web'),
      peer('jobs/batch'),
      peer('shop/mallory'),
      peer('', { security: 'plaintext', address: '192.0.2.7' }),
      peer('shop/web', { service: 'shop/other' }),
    ],
    [
      use('shop/web', 'GET', '/entries/{*}'),
      use('shop/web', 'POST', '/entries', { count: 1 }),
      use('jobs/batch', 'GET', '/all', { count: 2 }),
      use('shop/mallory', 'GET', '/', { outcome: 'denied', policy: 'shop/strict#0' }),
    ],
  );
  expect(found.document?.['spec']).toEqual({
    targetRefs: [{ kind: 'Service', name: 'ledger' }],
    action: 'ALLOW',
    enforcement: 'DryRun',
    rules: [
      {
        from: [{ source: { serviceAccounts: ['shop/web'] } }],
        to: [{ operation: { ports: [8080], methods: ['GET', 'POST'], paths: ['/entries', '/entries/{*}'] } }],
      },
      { from: [{ source: { serviceAccounts: ['jobs/batch'] } }], to: [{ operation: { ports: [8080] } }] },
    ],
  });
  expect([found.samples, found.from, found.plaintext.map(({ address }) => address)]).toEqual([ENOUGH_SAMPLES + 3, FIRST, ['192.0.2.7']]);
});

test('nobody seen, nothing suggested', () => {
  expect(observed([], []).document).toBeUndefined();
});

test('many values at one place of a path are a place', () => {
  const names = Array.from({ length: 20 }, (_, n) => `/users/${'abcdefghijklmnopqrst'[n]}/cart`);
  expect(mergePaths([...names, '/users', '/health'])).toEqual(['/health', '/users', '/users/{*}/cart']);
  expect(mergePaths(['/a', '/b'])).toEqual(['/a', '/b']);
});

test('verdicts are added up by policy and caller', () => {
  const denied = { outcome: 'would-deny', policy: 'shop/strict#0' } as const;
  const verdicts = verdictsOf([
    use('shop/web', 'GET', '/a', { ...denied, count: 2 }),
    use('shop/web', 'GET', '/b', { ...denied, count: 3 }),
    use('shop/web', 'GET', '/a'),
  ]);
  expect(verdicts).toEqual([expect.objectContaining({ policy: 'shop/strict#0', source: id('shop/web'), count: 5, requests: ['GET /a', 'GET /b'] })]);
});

test('an account of another trust domain is not ours of the same name', () => {
  const foreign = 'spiffe://other.mesh/ns/shop/sa/web';
  const found = observed([peer('shop/web'), peer('', { source: foreign })], []);
  expect(found.callers.map(({ account }) => account)).toEqual(['shop/web', foreign]);
  const only = observed([peer('', { source: foreign })], []);
  expect(found.document?.['spec']).toMatchObject({
    rules: [{ from: [{ source: { serviceAccounts: ['shop/web'] } }, { source: { principals: [foreign] } }] }],
  });
  expect(only.document?.['spec']).toMatchObject({ rules: [{ from: [{ source: { principals: [foreign] } }] }] });
});
