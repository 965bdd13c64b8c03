import type { Effective } from '../effective.ts';
import type { PolicyWords, Site } from '../policy.ts';
import { whereOf } from './compile.ts';
import { planAuthorization, type RuleSet } from './plan.ts';

const named = (what: string, { policies, rules }: RuleSet): readonly string[] => {
  const names = policies.map(({ namespace, name }) => `${namespace}/${name}`).sort();
  return names.length === 0 ? [] : [`${what} ${names.join(', ')} (${rules.length} rule${rules.length === 1 ? '' : 's'} here)`];
};

/** `DENY shop/no-admin (1 rule here); ALLOW shop/strict (2 rules here)`. */
export function authorizationWords(effective: Effective, site: Site): PolicyWords | undefined {
  const plan = planAuthorization(effective.policies, whereOf(site));
  if (plan === undefined) return undefined;
  const { deny, allow, audit, dryDeny, dryAllow } = plan;
  const value = [
    ...named('DENY', deny),
    ...named('ALLOW', allow),
    ...named('AUDIT', audit),
    ...named('DENY, dry run', dryDeny),
    ...named('ALLOW, dry run', dryAllow),
  ];
  const [first] = [...deny.policies, ...allow.policies, ...audit.policies, ...dryDeny.policies, ...dryAllow.policies];
  const path = first === undefined ? '' : `${first.namespace}/${first.name}`;
  return { value: value.join('; '), path, note: allow.policies.length > 0 ? 'what no ALLOW rule is about is denied' : 'what no rule denies is allowed' };
}
