import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TAG } from '../../envoy/index.ts';
import { folded, LABELS, labelsFromText, labelsOf, labelsText, type Reporter, serviceOf } from './labels.ts';
import { leaveOut } from './rules.ts';

const reporter: Reporter = {
  proxy: 'shop/web-1',
  namespace: 'shop',
  principal: 'spiffe://example.mesh/ns/shop/sa/web',
  workload: 'web-v1',
  service: 'web',
  version: 'v1',
  serves: { '*': 'shop/web', 8080: 'shop/web', 9090: 'shop/web-admin' },
};
const PEER = 'spiffe://example.mesh/ns/pay/sa/ledger';
const directory = new Map([[PEER, { workload: 'ledger-v2', service: 'ledger', version: 'v2' }]]);
const of = (tags: Readonly<Record<string, string>>, tcp = false) => labelsOf(new Map(Object.entries(tags)), reporter, { directory, tcp });

test('a destination is who the token says; its caller who the certificate says', () => {
  expect(of({ [TAG.reporter]: 'destination', [TAG.place]: 'inbound|9090||', [TAG.sourcePrincipal]: PEER, [TAG.responseCode]: '200' })).toMatchObject({
    reporter: 'destination',
    source_workload: 'ledger-v2',
    source_workload_namespace: 'pay',
    source_canonical_service: 'ledger',
    source_canonical_revision: 'v2',
    destination_workload: 'web-v1',
    destination_principal: reporter.principal,
    destination_service: 'web-admin.shop.mesh',
    destination_service_name: 'web-admin',
    connection_security_policy: 'mutual_tls',
  });
  expect(of({ [TAG.reporter]: 'destination', [TAG.place]: '', [TAG.sourcePrincipal]: '' })).toMatchObject({
    source_workload: 'unknown',
    source_principal: 'unknown',
    destination_service_name: 'web',
    connection_security_policy: 'none',
  });
});

test('a source that reached nobody still says whom it meant; outside of the mesh nothing is claimed', () => {
  const unreached = of({ [TAG.reporter]: 'source', [TAG.place]: 'ledger.pay.mesh:80', [TAG.responseCode]: '503', [TAG.responseFlags]: 'UH' });
  expect([serviceOf(unreached), unreached.destination_workload, unreached.connection_security_policy]).toEqual(['pay/ledger', 'unknown', 'unknown']);
  const outside = of({ [TAG.reporter]: 'source', [TAG.place]: 'api.example.com:443' }, true);
  expect([serviceOf(outside), outside.request_protocol]).toEqual(['api.example.com', 'tcp']);
});

test('a refusal names the policy that is to blame for it, among all that hold there', () => {
  const blame = '{"authz":"AuthorizationPolicy shop/a","timeout":"TimeoutPolicy shop/t"}';
  const policy = (details: string, text = blame) => of({ [TAG.reporter]: 'source', [TAG.blame]: text, [TAG.details]: details }).policy;
  expect([policy('response_timeout'), policy('rbac_access_denied'), policy('via_upstream'), policy('x', '{no json')]).toEqual([
    'TimeoutPolicy shop/t',
    'AuthorizationPolicy shop/a',
    '',
    '',
  ]);
});

test('what a policy leaves out is not told apart', () => {
  const labels = of({
    [TAG.reporter]: 'source',
    [TAG.destinationService]: 'pay/ledger',
    [TAG.destinationWorkload]: 'ledger/v2',
    [TAG.route]: 'r',
    [TAG.responseFlags]: 'UC',
  });
  expect(leaveOut(labels, ['route', 'flags', 'version', 'principal'])).toMatchObject({
    route: '',
    response_flags: '-',
    destination_workload: 'ledger',
    destination_canonical_revision: 'unknown',
    source_principal: 'unknown',
    destination_service_name: 'ledger',
  });
});

test('whatever is told, labels are one line of text and come back as they were', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.string());
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.values(TAG)), text, { noNullPrototype: true }), fc.boolean(), (tags, tcp) => {
      const labels = of(tags, tcp);
      for (const each of [labels, folded(labels, true), folded(labels, false)]) {
        expect(labelsFromText(labelsText(each))).toEqual(each);
        expect(labelsText(each).split('\t').length).toBe(LABELS.length);
        for (const label of LABELS) expect(each[label].length).toBeLessThan(700);
      }
    }),
    { numRuns: 30 },
  );
});
