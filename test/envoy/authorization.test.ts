// The evaluator behind `weft explain` decides as Envoy does, on random policies and requests; and a principal is compared letter by letter.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { splitTarget } from '../../src/compile/explain/normalize-path.ts';
import { type Asked, decide, planAuthorization } from '../../src/policy/index.ts';
import { Callee, type CalleePort } from '../kit/callee.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { requestText } from '../kit/raw-http.ts';
import { toldBy } from '../kit/reason.ts';
import { needs } from '../kit/require.ts';
import { literalIds } from '../kit/spiffe-ids.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);
const seed = Number(process.env['WEFT_SEED'] ?? 20261121);
const TOKEN = { iss: 'https://issuer.example', sub: 'ann', groups: ['dev', 'ops'], plan: { tier: 'gold' } };

const list = (...values: readonly string[]) => fc.subarray([...values], { minLength: 1, maxLength: Math.min(2, values.length) });
const some = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc
    .subarray(Object.keys(fields), { minLength: 0, maxLength: 2 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fields[name] ?? fc.constant(null)]))));
const both = (name: string, values: fc.Arbitrary<readonly string[]>) => ({ [name]: values, [`not${name[0]?.toUpperCase()}${name.slice(1)}`]: values });

const source = some({
  ...both('principals', list('spiffe://example.mesh/ns/shop/sa/web', 'example.mesh/ns/jobs/*', '*/sa/web', '*', 'example.mesh/ns/shop/sa/we')),
  ...both('serviceAccounts', list('web', 'jobs/batch', 'jobs/*', 'shop/web-2')),
  ...both('namespaces', list('shop', 'job*', '*bs', '*', 'sho')),
  ...both('trustDomains', list('example.mesh', 'example')),
  ...both('ipBlocks', list('127.0.0.1', '127.0.0.0/8', '10.0.0.0/8', '::1')),
  ...both('remoteIpBlocks', list('192.0.2.0/24', '192.0.2.7', '2001:db8::/33', '0.0.0.0/0')),
  ...both('requestPrincipals', list('*', 'https://issuer.example/ann', 'https://issuer.example/*', '*/bob', 'https://issuer.example/a*')),
});
const header = fc.record({ name: fc.constantFrom('x-a', 'X-B'), values: list('1', '2*', '*3', '*'), notValues: list('12', '9') }, { requiredKeys: ['name'] });
const operation = some({
  ...both('hosts', list('a.example', '*.example', 'b.*', '*', 'A.Example')),
  ...both('methods', list('GET', 'P*', 'HEAD', '*')),
  ...both('paths', list('/', '/a', '/a/*', '/a/{*}/c', '/a/{**}', '*.js', '/x:y', '/caf%C3%A9', '*', '/a/{*}/{**}')),
  ...both('grpc', list('a.B/C', 'a.B')),
  headers: fc.array(header, { minLength: 1, maxLength: 2 }),
});
const condition = fc.oneof(
  fc.record({ key: fc.constantFrom('request.headers[x-a]', 'request.headers[X-B]'), values: list('1', '2', '*2') }),
  fc.record({ key: fc.constantFrom('request.headers[x-a]'), notValues: list('1', '2') }),
  fc.record({ key: fc.constant('request.auth.claims[groups]'), values: list('ops', 'admins', 'd*', '*') }),
  fc.record({ key: fc.constant('request.auth.claims[plan][tier]'), values: list('gold', 'free'), notValues: list('free', 'silver') }),
  fc.record({ key: fc.constant('source.namespace'), notValues: list('jobs') }),
  fc.record({ key: fc.constant('destination.ip'), values: list('127.0.0.1', '10.1.1.1') }),
  fc.record({ key: fc.constant('connection.sni'), values: list('callee', '*') }),
);
const rule = fc.record(
  {
    from: fc.array(fc.record({ source }), { minLength: 1, maxLength: 2 }),
    to: fc.array(fc.record({ operation }), { minLength: 1, maxLength: 2 }),
    when: fc.array(condition, { minLength: 1, maxLength: 1 }),
  },
  { requiredKeys: [] },
);
const policy = fc.record({
  action: fc.constantFrom('ALLOW', 'ALLOW', 'DENY', 'AUDIT'),
  enforcement: fc.constantFrom('Enforce', 'Enforce', 'Enforce', 'DryRun'),
  rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
});
const withoutNonsense = ({ enforcement, ...rest }: { readonly action: string; readonly enforcement: string; readonly rules: readonly object[] }) =>
  rest.action === 'AUDIT' ? rest : { ...rest, enforcement };

const PATHS = [
  '/',
  '/a',
  '/a/',
  '/a/b',
  '/a/b/c',
  '/a/b/c/d',
  '/b.js',
  '/x:y',
  '/x%3ay',
  '/x%3Ay',
  '/caf%C3%A9',
  '/caf%c3%a9',
  '/%61',
  '//a',
  '/x/../a',
  '/a%2Fb',
  '/a/%2E%2e/a',
  '/a.B/C',
  '/a.B/D',
  '/a?x=/b',
  '/a;v=1',
];
const request = fc.record({
  identity: fc.constantFrom('ns/shop/sa/web', 'ns/shop/sa/web-2', 'ns/jobs/sa/batch', 'ns/jobs/sa/web'),
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE'),
  path: fc.constantFrom(...PATHS),
  host: fc.constantFrom(
    'a.example',
    'A.EXAMPLE',
    'a.example.',
    'a.example:80',
    'b.test',
    'x.a.example:8080',
    'callee.shop.mesh',
    'a.example:80:80',
    'a.example;x',
    '[::1]:80',
  ),
  headers: fc.array(fc.tuple(fc.constantFrom('x-a', 'X-B'), fc.constantFrom('1', '2', '12', '3', '23', '9')), { maxLength: 3 }),
  forwarded: fc.constantFrom('', '192.0.2.7', '192.0.2.9', '2001:db8::1', '203.0.113.1'),
});

/** A filter before all others that says what a verified token would have said. */
function withToken(config: Record<string, unknown>): Record<string, unknown> {
  const copy = structuredClone(config) as {
    static_resources: { listeners: { filter_chains: { filters: { name: string; typed_config?: { http_filters: object[] } }[] }[] }[] };
  };
  const metadata = [{ metadata_namespace: 'envoy.filters.http.jwt_authn', value: { payload: TOKEN } }];
  const typed_config = { '@type': 'type.googleapis.com/envoy.extensions.filters.http.set_metadata.v3.Config', metadata };
  for (const { filter_chains } of copy.static_resources.listeners)
    for (const { filters } of filter_chains) for (const filter of filters) filter.typed_config?.http_filters?.unshift({ name: 'token', typed_config });
  return copy;
}

describe.skipIf(skip)('who may do what', () => {
  const PORTS = 24;
  let callee: Callee;
  beforeAll(async () => {
    const specs = fc.sample(fc.array(policy.map(withoutNonsense), { minLength: 1, maxLength: 3 }), { seed, numRuns: PORTS });
    const ports = specs.map((policies): CalleePort => ({ policies }));
    callee = await Callee.open({ ports, application: (_, answer) => answer.end('ok'), adjust: withToken });
  });
  afterAll(() => callee?.[Symbol.asyncDispose]());

  test('the evaluator decides as Envoy does', async () => {
    const requests = fc.sample(request, { seed, numRuns: Number(process.env['WEFT_AUTHZ_REQUESTS'] ?? 700) });
    const differences: unknown[] = [];
    const seen = new Map<string, number>();
    for (const [n, { identity, method, path, host, headers, forwarded }] of requests.entries()) {
      const at = n % PORTS;
      const port = callee.ports[at]?.application ?? 0;
      const policies = [...callee.mesh.policies.values()].filter(({ name }) => name.startsWith(`p${at}-`));
      const plan = planAuthorization(policies, { trustDomain: 'example.mesh', port, tcp: false });
      const principal = `spiffe://example.mesh/${identity}`;
      const asked: Asked = {
        principal,
        peer: '127.0.0.1',
        client: forwarded === '' ? '127.0.0.1' : forwarded,
        address: '127.0.0.1',
        port,
        sni: '',
        host,
        method,
        path: splitTarget(path).path,
        headers: headers.map(([name, value]) => [name.toLowerCase(), value]),
        claims: TOKEN,
      };
      const expected = plan === undefined ? { kind: 'allowed' as const } : decide(plan, asked);
      const lines = [
        `host: ${host}`,
        'content-length: 0',
        ...headers.map(([name, value]) => `${name}: ${value}`),
        ...(forwarded === '' ? [] : [`x-forwarded-for: ${forwarded}`]),
      ];
      const answer = await callee.ask(at, principal, requestText(method, path, lines));
      seen.set(expected.kind, (seen.get(expected.kind) ?? 0) + 1);
      const reason = toldBy(answer.headers) ?? '';
      const same = expected.kind === 'allowed' ? answer.status === 200 : answer.status === 403 && reason.startsWith('authz-denied; policy=');
      const named = expected.kind !== 'denied' || `${reason};`.startsWith(`authz-denied; policy=${expected.rule.policy};`);
      if (!same || !named) differences.push(JSON.stringify({ asked, expected, answer: [answer.status, reason], policies: policies.map(({ spec }) => spec) }));
    }
    expect(differences.slice(0, 2), `${differences.length} of ${requests.length} differ`).toEqual([]);
    // All that can happen has happened often.
    for (const kind of ['allowed', 'denied', 'unmatched', 'ambiguous']) expect(seen.get(kind), kind).toBeGreaterThan(10);
  });
});

describe.skipIf(skip)('S-05a a principal is compared letter by letter', () => {
  test('400 pairs of identities that look alike, on Envoy', async () => {
    const ids = literalIds(seed, 20);
    const ports = ids.map((id): CalleePort => ({ policies: [{ rules: [{ from: [{ source: { principals: [id] } }] }] }] }));
    await using callee = await Callee.open({ ports, application: (_, answer) => answer.end('ok') });
    const wrong: unknown[] = [];
    for (const [at, rule] of ids.entries())
      for (const id of ids) {
        const { status } = await callee.ask(at, id, requestText('GET', '/', ['host: callee']));
        if (status !== (id === rule ? 200 : 403)) wrong.push({ rule, id, status });
      }
    expect(wrong).toEqual([]);
  });
});
