import { describe, expect, test } from 'vitest';
import { causeOf } from './cause.ts';

const entry = (flags: readonly string[], reason = '') => ({ flags, reason, tags: { blame: '{"retry":"RetryPolicy shop/checkout"}' }, upstreamFailure: '' });

describe('Envoy says overflow of two things', () => {
  test('too much under way', () => {
    expect(causeOf(entry(['UO'], 'circuit-open; cluster=c; request=1'))).toEqual({ cause: 'circuit-open', reason: 'circuit-open; cluster=c', policy: '' });
  });

  test.each(['UC', 'UF', 'UR'])('a try that failed (%s), and no room in the budget for another one', (flag) => {
    const told = causeOf(entry([flag, 'UO'], 'circuit-open; cluster=c; request=1'));
    expect(told).toEqual({ cause: 'retry-budget', reason: 'circuit-open; cluster=c', policy: 'RetryPolicy shop/checkout' });
    expect(causeOf(entry([flag, 'UO'])).cause).toBe('retry-budget');
  });

  test('a try that failed, and was not to be repeated', () => {
    expect(causeOf(entry(['UC'])).cause).toBe('upstream-reset');
  });
});
