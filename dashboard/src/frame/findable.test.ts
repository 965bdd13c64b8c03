import { expect, test } from 'vitest';
import { type Found, search } from './findable.ts';

const found = (title: string): Found => ({ key: title, kind: 'service', title, to: '/' });

test('what begins so comes before what has it inside, the shorter first; a request is known by its id', () => {
  const all = ['shop/checkout-v1', 'checkout/web', 'shop/checkout', 'shop/precheckout'].map(found);
  expect(search(all, ' CHECK ').map(({ title }) => title)).toEqual(['checkout/web', 'shop/checkout', 'shop/checkout-v1', 'shop/precheckout']);
  expect(search(all, '9f3c').map(({ kind, title }) => [kind, title])).toEqual([['request', '9f3c']]);
  expect(search(all, 'nothing')).toEqual([]);
  expect(search(all, '')).toEqual(all);
});
