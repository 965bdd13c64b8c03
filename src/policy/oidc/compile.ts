import type { Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { signInPlan } from './plan.ts';

/** Who has not signed in is sent to the provider. Where that is, and whether the secrets are there, plans know (compile/plan/sign-in.ts). */
export function compileOidc({ policies }: Effective, site: Site): readonly Contribution[] {
  const policy = policies.at(-1);
  if (site.protocol === 'tcp' || policy === undefined) return [];
  const origin = { ...policy.origin, path: 'spec' };
  return [
    { kind: 'sign-in', plan: signInPlan(policy), origin },
    { kind: 'blame', cause: 'signin', policy: `OIDCPolicy ${policy.namespace}/${policy.name}`, origin },
  ];
}
