import { ATTACHMENT_FIELDS, type Checked, type Report } from '../../model/index.ts';
import { reportCallers } from '../elsewhere.ts';
import type { Limit, RateLimitSpec } from './schema.ts';

/** What is not there yet, what contradicts itself, and what says nothing. */
export function checkRateLimits({ spec }: Checked<RateLimitSpec>, report: Report): void {
  if (spec.targetRefs.length === 0 && !('selector' in spec))
    report('WEFT1801', 'spec', 'the policy has neither targetRefs nor a selector, so it has no effect');
  if (Object.keys(spec).every((key) => ATTACHMENT_FIELDS.includes(key))) report('WEFT1802', 'spec', 'the policy says nothing');
  if (spec.scope === 'Shared' || spec.scope === 'Exact')
    report('WEFT1210', 'spec.scope', `scope ${spec.scope} comes later; this version counts in each proxy`, 'write scope: Proxy, or leave it out');
  if (spec.enforcement === 'DryRun' && spec.tcp !== undefined)
    report('WEFT1806', 'spec.tcp', 'with enforcement: DryRun connections are neither limited nor counted', 'put tcp into a policy that is enforced');
  for (const [at, { kind, name }] of spec.targetRefs.entries())
    if (kind === 'ExternalService') report('WEFT1640', `spec.targetRefs[${at}]`, `ExternalService ${name} has no proxy that could count`);
  const limits = spec.limits ?? [];
  reportCallers(spec, limits.flatMap(aboutCallers), report);
  for (const [at, limit] of limits.entries()) {
    if (limits.findIndex(({ name }) => name === limit.name) < at) report('WEFT1208', `spec.limits[${at}].name`, `two limits are called "${limit.name}"`);
    checkLimit(limit, `spec.limits[${at}]`, report);
  }
}

function checkLimit({ by = [], cost }: Limit, path: string, report: Report): void {
  for (const [at, { kind, name }] of by.entries()) {
    const named = kind === 'Header' || kind === 'Query';
    if (named && name === undefined) report('WEFT1206', `${path}.by[${at}].name`, `which ${kind.toLowerCase()} is meant must be said`);
    if (!named && name !== undefined) report('WEFT1207', `${path}.by[${at}].name`, `${kind} has no name`, 'remove name');
  }
  if (cost !== undefined && (cost.number === undefined) === (cost.header === undefined))
    report('WEFT1207', `${path}.cost`, 'a cost is either a number or what a header says', 'give one of number and header');
}

/** Places of a limit that are about who calls. */
function aboutCallers({ by = [], overrides }: Limit, at: number): readonly string[] {
  const keys = by.flatMap(({ kind }, key) => (kind === 'ServiceAccount' || kind === 'Namespace' ? [`spec.limits[${at}].by[${key}]`] : []));
  return overrides === undefined ? keys : [...keys, `spec.limits[${at}].overrides`];
}
