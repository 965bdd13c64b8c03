import { type Contribution, contributionOf } from '../contribution.ts';
import type { PolicyWords } from '../policy.ts';

/** How often, on what, and what that means for a method. */
export function retryWords(contributions: readonly Contribution[], method: string | undefined): PolicyWords | undefined {
  const values = contributionOf(contributions, 'retry')?.values;
  if (values === undefined) return undefined;
  const { attempts, on, statusCodes, safeMethods } = values;
  if (attempts === 0) return { value: 'none', path: 'attempts' };
  const safe = method !== undefined && safeMethods.includes(method);
  const conditions = [...on.filter((each) => !INTERNAL.has(each)), ...statusCodes.map(String), ...(safe ? ['reset'] : [])];
  const value = `${attempts} on ${[...new Set(conditions)].join(', ')}`;
  if (method === undefined) return { value, path: 'attempts' };
  return { value, path: 'attempts', note: safe ? `${method} also after a reset` : `${method}: only when it did not reach an application` };
}

/** Conditions that belong together with connect-failure and refused-stream, and say nothing more to people. */
const INTERNAL: ReadonlySet<string> = new Set(['reset-before-request', 'retriable-headers']);
