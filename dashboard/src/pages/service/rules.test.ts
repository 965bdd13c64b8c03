import { expect, test } from 'vitest';
import type { DocumentView } from '../../api/documents.ts';
import { ruleAt, rulesOf } from './rules.ts';
import { questionOf } from './try.tsx';

const route = (rules: readonly unknown[], parent = 'checkout'): DocumentView => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { namespace: 'shop', name: 'checkout' },
  spec: { parentRefs: [{ kind: 'Service', name: parent }], rules },
});

test('rules in words: what each asks for, where it leads with which share, and what else it does', () => {
  const employee = {
    name: 'dogfood',
    matches: [{ path: { type: 'Exact', value: '/pay' }, method: 'POST', headers: [{ name: 'x-employee', value: 'true' }] }],
    backendRefs: [{ name: 'v2' }],
    timeouts: { request: '2s' },
  };
  const everyone = {
    backendRefs: [
      { name: 'v1', weight: 3 },
      { name: 'v2', weight: 1 },
    ],
  };
  expect(rulesOf([route([employee, everyone]), route([{}], 'web')], 'shop', 'checkout')).toMatchObject([
    { name: 'dogfood', matches: ['path = /pay, method POST, header x-employee = true'], backends: [{ name: 'v2', share: 1 }], does: ['timeout 2s'] },
    { name: 'rule 2', matches: ['every request'], backends: [{ share: 0.75 }, { share: 0.25 }] },
  ]);
  expect(rulesOf([{ ...route([]), spec: { rules: 'nonsense', parentRefs: 7 } }], 'shop', 'checkout')).toEqual([]);
});

test('the rule that an explanation names, and the question that an address asks', () => {
  expect(ruleAt({ namespace: 'shop', name: 'checkout', path: 'spec.rules[1].matches[0]' })).toBe('shop/checkout 1');
  expect([ruleAt(undefined), ruleAt({ namespace: '', name: 'default', path: 'spec' })]).toEqual([undefined, undefined]);
  const asked = questionOf({ from_workload: 'shop/web', headers: 'X-Employee: true, broken' }, 'shop/checkout');
  expect(asked).toEqual({ from: 'shop/web', to: 'shop/checkout', method: 'GET', path: '/', headers: { 'x-employee': 'true' } });
  expect(questionOf({ path: '/' }, 'shop/checkout')).toBeUndefined();
});
