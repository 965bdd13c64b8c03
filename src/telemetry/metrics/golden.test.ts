import { expect, test } from 'vitest';
import { type Counted, weightsOf } from './golden.ts';
import { LABELS, type Labels } from './labels.ts';
import { Sums } from './sums.ts';

function counted(text: string, requests: number, labels: Partial<Labels>): Counted {
  const all = Object.fromEntries(LABELS.map((label) => [label, 'unknown'])) as Labels;
  const sums = new Sums();
  sums.requests = requests;
  return { text, sums, labels: { ...all, connection_security_policy: 'mutual_tls', source_principal: 'web', destination_principal: 'checkout', ...labels } };
}

// A route sends what is asked of checkout to checkout-v1; its workload is one of checkout.
const split = [
  counted('caller', 10, { reporter: 'source', destination_service: 'checkout-v1.shop.mesh' }),
  counted('callee', 10, { reporter: 'destination', destination_service: 'checkout.shop.mesh' }),
];

test('between two a request counts once, whatever each end calls the service', () => {
  expect([...weightsOf(split, 'pair')]).toEqual([
    ['caller', 1],
    ['callee', 0],
  ]);
});

test('of services each is told of that it was a request for', () => {
  expect([...weightsOf(split)]).toEqual([
    ['caller', 1],
    ['callee', 1],
  ]);
});

test('a caller whose proxy tells nothing is told of by the callee', () => {
  const alone = counted('callee', 10, { reporter: 'destination', destination_service: 'checkout.shop.mesh' });
  expect(weightsOf([alone], 'pair').get('callee')).toBe(1);
});

const folded = { source_principal: 'other', destination_principal: 'other' };

test('a callee that is over its budget does not make requests count again', () => {
  const told = counted('caller', 10, { reporter: 'source', destination_service: 'lab.shop.mesh' });
  const rest = counted('rest', 12, { reporter: 'destination', destination_service: 'lab.shop.mesh', ...folded });
  expect(weightsOf([told, rest]).get('rest')).toBe(0);
  expect(weightsOf([told, rest], 'pair').get('rest')).toBe(0);
  expect(weightsOf([rest]).get('rest')).toBe(1);
});

test('callers that are over their budget: what the callee tells of is theirs', () => {
  const rest = counted('rest', 10, { reporter: 'source', destination_service: 'lab.shop.mesh', ...folded });
  const named = counted('named', 10, { reporter: 'destination', destination_service: 'lab.shop.mesh' });
  const stranger = counted('stranger', 30, { reporter: 'destination', destination_service: 'lab.shop.mesh', source_principal: 'elsewhere' });
  expect(weightsOf([rest, named]).get('named')).toBe(0);
  expect(weightsOf([rest, named, stranger]).get('stranger')).toBe(0.75);
});
