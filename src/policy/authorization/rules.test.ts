// What values mean, whom a list lets in, and that a principal is compared letter by letter.
import { describe, expect, test } from 'vitest';
import { literalIds } from '../../../test/kit/spiffe-ids.ts';
import { type DocumentKey, type Policy, parseSpiffeId } from '../../model/index.ts';
import { callersAt } from './callers.ts';
import { textMatches } from './decide.ts';
import { readPath } from './paths.ts';
import { planAuthorization } from './plan.ts';
import { mistakesIn } from './read.ts';
import type { AuthorizationSpec } from './schema.ts';
import { policyAllowing, rulesAllowing } from './suggest.ts';
import { readPrincipal, readServiceAccount } from './values.ts';

const DOMAIN = 'example.mesh';
const HOME = { namespace: 'shop', trustDomain: DOMAIN };
const origin = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'p', path: '' };

function policy(spec: Omit<AuthorizationSpec, 'targetRefs'>, name = 'p', namespace = 'shop', kind: 'Service' | 'Mesh' = 'Service'): Policy {
  const targets = [{ kind, namespace: '', name: 'x', origin }];
  return { key: name as DocumentKey, kind: 'AuthorizationPolicy', namespace, name, targets, spec, createdAt: '', origin };
}

const from = (...serviceAccounts: string[]) => [{ source: { serviceAccounts } }];
const listOf = (...policies: readonly Policy[]) => {
  const plan = planAuthorization(policies, { trustDomain: DOMAIN, port: 9090, tcp: true });
  if (plan === undefined) throw new Error('no plan');
  const { matches, exact } = callersAt(plan);
  return { list: matches?.map((match) => ('value' in match ? `${match.kind} ${match.value.replace('spiffe://example.mesh/', '')}` : match.kind)), exact };
};

describe('S-05a', () => {
  // 10^6 pairs: 1000 identities that look alike, each against each.
  test('a rule for one identity is never about another', () => {
    const ids = literalIds(20261121, 1000);
    expect(ids).toHaveLength(1000);
    let wrong = 0;
    for (const x of ids) {
      const parts = parseSpiffeId(x);
      const reads = [
        readPrincipal(x),
        readPrincipal(x.replace('spiffe://', '')),
        parts.ok ? readServiceAccount(`${parts.value.namespace}/${parts.value.serviceAccount}`, 'n', DOMAIN) : parts,
      ];
      for (const [at, read] of reads.entries()) {
        if (!read.ok || !('kind' in read.value)) throw new Error(`${x}: ${at}`);
        if (at > 0 && !textMatches(read.value, x)) wrong++;
        if (at === 0) for (const y of ids) if (textMatches(read.value, y) !== (x === y)) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  test('nothing of a principal is an expression', () => {
    for (const value of ['spiffe://example.mesh/ns/shop/sa/we.', 'spiffe://example.mesh/ns/sh+p/sa/web', 'a|b', 'spiffe://[a-z]', '(web)', 'web\\'])
      expect(readPrincipal(value).ok, value).toBe(value.endsWith('we.'));
  });
});

describe('values', () => {
  test.each<[string, string, boolean]>([
    ['principals', 'spiffe://a/ns/b/sa/c', true],
    ['principals', 'a*b', false],
    ['principals', '*a*', false],
    ['serviceAccounts', 'a/b/c', false],
    ['serviceAccounts', 'a/*', true],
    ['namespaces', 'a/b', false],
    ['namespaces', '*-prod', true],
    ['trustDomains', 'A', false],
    ['ipBlocks', '10.0.0.0/33', false],
    ['ipBlocks', '2001:db8::/32', true],
    ['ipBlocks', '10.0.0', false],
    ['requestPrincipals', 'issuer', false],
    ['requestPrincipals', 'https://issuer/*', true],
  ])('%s %s: %s', (field, value, good) => {
    expect(mistakesIn({ rules: [{ from: [{ source: { [field]: [value] } }] }] }, HOME)).toHaveLength(good ? 0 : 1);
  });

  test.each<[string, boolean]>([
    ['/a', true],
    ['a', false],
    ['/a/*', true],
    ['*.js', true],
    ['/a*b', false],
    ['/a//b', false],
    ['/a/../b', false],
    ['/a/./b', false],
    ['/a?b', false],
    ['/a#b', false],
    ['/a%2Fb', false],
    ['/a\\b', false],
    ['/a b', false],
    ['/%61', false],
    ['/caf%C3%A9', true],
    ['/café', false],
    ['/a/{*}/b', true],
    ['/a/{**}', true],
    ['/{**}/{*}', false],
    ['/a{*}', false],
    ['/a/{x}', false],
    ['/a/{*}*', false],
  ])('a path is written as proxies see it: %s %s', (path, good) => {
    expect(readPath(path).ok).toBe(good);
  });

  test('keys of conditions', () => {
    const said = (key: string, more: object = { values: ['1'] }) => mistakesIn({ rules: [{ when: [{ key, ...more }] }] }, HOME).map(({ path }) => path);
    expect(said('request.headers[x-a]')).toEqual([]);
    expect(said('request.auth.claims[a][b]')).toEqual([]);
    expect(said('request.headers')).toEqual(['rules[0].when[0].key']);
    expect(said('experimental.envoy.filters.x')).toEqual(['rules[0].when[0].key']);
    expect(said('connection.sni', {})).toEqual(['rules[0].when[0]']);
  });
});

describe('whom the handshake of a TCP port lets in', () => {
  test('those whom rules name', () => {
    expect(listOf(policy({ rules: [{ from: from('web', 'jobs/batch') }] }))).toEqual({ list: ['exact ns/jobs/sa/batch', 'exact ns/shop/sa/web'], exact: true });
    expect(listOf(policy({ rules: [{ from: [{ source: { namespaces: ['jobs'] } }] }] }))).toEqual({ list: ['prefix ns/jobs/'], exact: true });
    expect(listOf(policy({ rules: [] }))).toEqual({ list: [], exact: true });
    expect(listOf(policy({ rules: [{}] }))).toEqual({ list: undefined, exact: true });
  });

  test('any identity is an identity: plaintext has none', () => {
    expect(listOf(policy({ rules: [{ from: [{ source: { principals: ['*'] } }] }] }))).toEqual({ list: ['prefix spiffe://'], exact: true });
  });

  test('DENY takes off; what a list cannot say is left to the filter', () => {
    const deny = policy({ action: 'DENY', rules: [{ from: from('web') }] }, 'd');
    expect(listOf(policy({ rules: [{ from: from('web', 'api') }] }), deny)).toEqual({ list: ['exact ns/shop/sa/api'], exact: true });
    expect(listOf(policy({ rules: [{ from: [{ source: { namespaces: ['shop'] } }] }] }), deny)).toEqual({ list: ['prefix ns/shop/'], exact: false });
    expect(listOf(deny)).toEqual({ list: undefined, exact: false });
    expect(listOf(policy({ action: 'DENY', rules: [{}] }, 'd'))).toEqual({ list: [], exact: true });
    expect(listOf(policy({ rules: [{ from: [{ source: { serviceAccounts: ['web'], ipBlocks: ['10.0.0.0/8'] } }] }] }))).toEqual({
      list: ['exact ns/shop/sa/web'],
      exact: false,
    });
  });

  test('rules of requests: ALLOW is about nothing, DENY about all the rest says; rules of other ports are not here', () => {
    const to = [{ operation: { methods: ['GET'] } }];
    expect(listOf(policy({ rules: [{ from: from('web'), to }] }))).toEqual({ list: [], exact: true });
    expect(listOf(policy({ rules: [{ from: from('web', 'api') }] }), policy({ action: 'DENY', rules: [{ from: from('web'), to }] }, 'd'))).toEqual({
      list: ['exact ns/shop/sa/api'],
      exact: true,
    });
    expect(listOf(policy({ rules: [{ from: from('web'), to: [{ operation: { ports: [1] } }] }] }))).toEqual({ list: [], exact: true });
  });
});

test('a policy for the whole mesh is heard from the root namespace alone', () => {
  const where = { trustDomain: DOMAIN, port: 1, tcp: false };
  expect(planAuthorization([policy({ rules: [{}] }, 'p', 'shop', 'Mesh')], where)).toBeUndefined();
  expect(planAuthorization([policy({ rules: [{}] }, 'p', 'weft-system', 'Mesh')], where)?.allow.policies).toHaveLength(1);
});

describe('the smallest policy that allows what was seen', () => {
  const id = (account: string) => `spiffe://example.mesh/ns/shop/sa/${account}`;
  const seen = (account: string, method: string, path: string, port = 8080) => ({ principal: id(account), method, path, port });

  test('callers that do the same share a rule, paths with the same methods an operation', () => {
    const observed = [
      seen('web', 'GET', '/a'),
      seen('web', 'GET', '/b'),
      seen('api', 'GET', '/b'),
      seen('api', 'GET', '/a'),
      seen('web', 'GET', '/a'),
      seen('jobs', 'POST', '/a'),
      seen('jobs', 'GET', '/a'),
    ];
    expect(rulesAllowing(observed, { trustDomain: DOMAIN })).toEqual([
      { from: [{ source: { serviceAccounts: ['shop/api', 'shop/web'] } }], to: [{ operation: { ports: [8080], methods: ['GET'], paths: ['/a', '/b'] } }] },
      { from: [{ source: { serviceAccounts: ['shop/jobs'] } }], to: [{ operation: { ports: [8080], methods: ['GET', 'POST'], paths: ['/a'] } }] },
    ]);
  });

  test('identifiers are any segment, signs of policies what they are, bytes have a port only', () => {
    const observed = [seen('web', 'GET', '/users/17/carts/0b8f6c1e-1d2a-4c3b-9f00-2a6891931fa6'), seen('web', 'GET', '/a*b'), seen('web', '', '', 9090)];
    const [rule] = rulesAllowing(observed, { trustDomain: DOMAIN, identifiers: true });
    expect(rule?.to).toEqual([{ operation: { ports: [8080], methods: ['GET'], paths: ['/a%2Ab', '/users/{*}/carts/{*}'] } }, { operation: { ports: [9090] } }]);
    expect(mistakesIn(policyAllowing(observed, { ...HOME, name: 'p', service: 's', identifiers: true }).spec, HOME)).toEqual([]);
  });
});
