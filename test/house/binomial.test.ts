import { describe, expect, it } from 'vitest';
import { binomialRange, expectShare } from '../kit/binomial.ts';

describe('the bound of statistical rows', () => {
  it('is exact for a small case, and catches a wrong share', () => {
    // 30 fair coins: P(X <= 0) = 2^-30 = 9.3e-10 > 5e-10, so nothing can be called suspicious with 30 of them.
    expect(binomialRange(30, 0.5)).toEqual({ low: 0, high: 30 });
    expect(binomialRange(40, 0.5).low).toBeGreaterThan(0);
    expect(() => expectShare(100, 1000, 0.1)).not.toThrow();
    expect(() => expectShare(200, 1000, 0.1)).toThrow(/outside/);
  });
});
