import type { Checked, Report } from '../../model/index.ts';
import { mistakesIn } from './read.ts';
import type { AuthorizationSpec } from './schema.ts';

/** Values that mean nothing, a policy for nothing, and one that has no rule where that means nothing. */
export function checkAuthorization({ metadata, spec }: Checked<AuthorizationSpec>, report: Report): void {
  if (spec.targetRefs.length === 0 && !('selector' in spec))
    report('WEFT1801', 'spec', 'the policy has neither targetRefs nor a selector, so it has no effect');
  const { rules = [], action = 'ALLOW' } = spec;
  if (rules.length === 0 && action !== 'ALLOW') report('WEFT2121', 'spec', `a ${action} policy without rules is about no request`);
  for (const { path, message } of mistakesIn(spec, { namespace: metadata.namespace, trustDomain: 'example.mesh' })) report('WEFT2120', `spec.${path}`, message);
  for (const [at, { name }] of rules.entries()) {
    const twin = name === undefined ? at : rules.findIndex((each) => each.name === name);
    if (twin < at) report('WEFT1208', `spec.rules[${at}].name`, `two rules are called "${name}"`);
  }
  if (action === 'AUDIT' && spec.enforcement !== undefined)
    report('WEFT1806', 'spec.enforcement', 'an AUDIT policy only records, enforced or not', 'leave enforcement out');
}
