import { expect, test } from 'vitest';
import type { ServiceKey } from '../../model/index.ts';
import type { OutboundPlan } from '../plan.ts';
import { serviceNamesTable } from './service-names.ts';

/** The table of a pod in namespace `web`: by name, what is answered. `used` are the Services that its proxy has chains for. */
function table(names: Readonly<Record<string, readonly string[]>>, used: readonly string[] = [], clusterDomain = 'cluster.local') {
  const plans = Object.entries(names).map(([key, addresses]) => {
    // `web/shop/shop-0`: a pod of a headless Service
    const [namespace, name, pod] = key.split('/');
    return [`${pod === undefined ? '' : `${pod}.`}${name}.${namespace}.mesh`, { service: `${namespace}/${name}` as ServiceKey, addresses }] as const;
  });
  const outbound = {
    workload: { namespace: 'web' },
    chains: used.map((service) => ({ service })),
    names: new Map(plans),
  } as unknown as OutboundPlan;
  return Object.fromEntries([...serviceNamesTable(outbound, clusterDomain)].map(([name, addresses]) => [name, addresses.join()]));
}

test('every Service by its whole name; one that is used by what a resolver asks for its shorter names, too', () => {
  expect(table({ 'shop/checkout': ['10.96.0.5'], 'shop/other': ['10.96.0.6'] }, ['shop/checkout'])).toEqual({
    'checkout.shop.svc.cluster.local': '10.96.0.5',
    'checkout.shop.web.svc.cluster.local': '10.96.0.5',
    'checkout.shop.svc.web.svc.cluster.local': '10.96.0.5',
    'checkout.shop.svc.cluster.local.web.svc.cluster.local': '10.96.0.5',
    'other.shop.svc.cluster.local': '10.96.0.6',
  });
});

test('a whole name with five dots is not searched for', () => {
  expect(Object.keys(table({ 'shop/checkout': ['10.96.0.5'] }, ['shop/checkout'], 'a.b.c'))).toEqual([
    'checkout.shop.svc.a.b.c',
    'checkout.shop.web.svc.a.b.c',
    'checkout.shop.svc.web.svc.a.b.c',
  ]);
});

test('what the cluster would answer otherwise is left to it: many addresses, addresses of the mesh’s own, and names that may be those of pods', () => {
  const nine = Array.from({ length: 9 }, (_, at) => `10.244.0.${at}`);
  expect(table({ 'shop/many': nine, 'shop/machine': ['240.0.0.9'], 'shop/none': [], 'shop/few': nine.slice(0, 8) })).toEqual({
    'few.shop.svc.cluster.local': nine.slice(0, 8).join(),
  });
  // checkout.shop.web.svc may be a pod of the headless Service `shop` in namespace `web`
  const both = { 'shop/checkout': ['10.96.0.5'], 'web/shop': ['10.244.0.9'] };
  expect(Object.keys(table({ ...both, 'web/shop/shop-0': ['10.244.0.9'] }, ['shop/checkout']))).toEqual([
    'checkout.shop.svc.cluster.local',
    'shop.web.svc.cluster.local',
  ]);
  expect(Object.keys(table(both, ['shop/checkout']))).toContain('checkout.shop.web.svc.cluster.local');
});
