import { expect, test } from 'vitest';
import { age, bytes, count, millis, percent, rate } from './format.ts';

test('three digits that matter, and a unit', () => {
  expect([0, 7, 12.34, 999, 999.6, 1234, 1_250_000].map(count)).toEqual(['0', '7', '12.3', '999', '1.00 k', '1.23 k', '1.25 M']);
  expect([0, 0.004, 0.5, 12, 1500].map(rate)).toEqual(['0 /s', '<0.01 /s', '0.50 /s', '12 /s', '1.50 k/s']);
  expect([null, 0.5, 12.34, 999, 2500, 61_000].map(millis)).toEqual(['–', '0.50 ms', '12.3 ms', '999 ms', '2.50 s', '1 m 1 s']);
  expect([0, 512, 68_000_000].map(bytes)).toEqual(['0 B', '512 B', '68 MB']);
  expect([500, 4_000, 120_000, 7_200_000, 86_400_000 * 89].map(age)).toEqual(['0 s', '4 s', '2 m', '2 h', '89 d']);
});

test('a share is never rounded to none or all', () => {
  expect([0, 0.00001, 0.005, 0.14, 0.99995, 1].map(percent)).toEqual(['0 %', '<0.01 %', '0.50 %', '14.0 %', '>99.99 %', '100 %']);
});
