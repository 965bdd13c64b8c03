import type { Effective } from '../effective.ts';
import type { PolicyWords, Site } from '../policy.ts';
import { signInPlan } from './plan.ts';

/** `signs in at https://idp.example.com as shop`. */
export function oidcWords({ policies }: Effective, { protocol }: Site): PolicyWords | undefined {
  const policy = policies.at(-1);
  if (protocol === 'tcp' || policy === undefined) return undefined;
  const { issuer, clientId, logoutPath } = signInPlan(policy);
  return { value: `signs in at ${issuer} as ${clientId}`, note: `signs out at ${logoutPath}`, path: 'issuer' };
}
