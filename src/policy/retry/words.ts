import { type Contribution, contributionOf } from '../contribution.ts';
import { FOR_ANY_METHOD } from '../contribution-retry.ts';
import type { PolicyWords } from '../policy.ts';

/** How often, on what, and what that means for a method; on a cluster, how many at a time. */
export function retryWords(contributions: readonly Contribution[], method: string | undefined): PolicyWords | undefined {
  const values = contributionOf(contributions, 'retry')?.values;
  if (values === undefined) return budgetWords(contributions);
  const { attempts, on, statusCodes, responseHeaders, methods } = values;
  if (attempts === 0) return { value: 'none', path: 'attempts' };
  const counts = method === undefined || methods.includes(method) || methods.includes('*');
  const conditions = on.filter((each) => each !== 'reset-before-request' && (counts || FOR_ANY_METHOD.has(each)));
  const late = counts ? [...statusCodes.map(String), ...responseHeaders.map((name) => `header ${name}`)] : [];
  const value = `${attempts} on ${[...conditions, ...late].join(', ')}`;
  if (method === undefined) return { value, path: 'attempts' };
  return { value, path: 'attempts', note: noteFor(method, counts && conditions.includes('reset'), counts) };
}

function noteFor(method: string, reset: boolean, counts: boolean): string {
  if (!counts) return `${method}: only when it did not reach an application`;
  return reset ? `${method} also after a reset` : `${method} is one of its methods`;
}

function budgetWords(contributions: readonly Contribution[]): PolicyWords | undefined {
  const budget = contributionOf(contributions, 'retry-budget');
  return budget === undefined
    ? undefined
    : { value: `at most ${budget.percent} % of the requests in flight, or ${budget.minConcurrency}`, path: 'budget.percent' };
}
