import { expect, test } from 'vitest';
import type { SeriesView } from '../../../src/api/index.ts';
import { wholeSteps } from './series.ts';

test('the step that has not ended is left out of every line', () => {
  const line = { name: 'v1', requests: [5, 6, 1], failures: [0, 0, 0], p50Ms: [1, null, 2] };
  const series = { times: [0, 10, 20], stepMs: 10, lines: [line] } as unknown as SeriesView;
  expect(wholeSteps(series, 25)).toMatchObject({ times: [0, 10], lines: [{ name: 'v1', requests: [5, 6], failures: [0, 0], p50Ms: [1, null] }] });
  expect(wholeSteps(series, 30)).toBe(series);
});
