import type { Workload } from '../../model/index.ts';
import type { EndpointPlan, ServicePortPlan } from '../plan.ts';

const healthyOf = (endpoints: readonly EndpointPlan[]): number => endpoints.filter((endpoint) => endpoint.state === 'healthy').length;

/** Which endpoints come first for a caller, and what share leaves them now: `3 of 3 in zone north first, then 2 of 2 in south below 70 % healthy`. */
export function localityNote({ endpoints, locality }: ServicePortPlan, caller: Workload): string {
  if (locality === undefined) return '';
  const priorities = [...new Set(endpoints.map((endpoint) => endpoint.priority))].sort((a, b) => a - b);
  if (priorities.length === 0) return `none where ${caller.key} may call (locality ${locality.mode})`;
  const groups = priorities.map((priority) => groupText(endpoints.filter((endpoint) => endpoint.priority === priority)));
  const [first = '', ...others] = groups;
  if (others.length === 0) return caller.zone === '' ? `${first}: the caller has no zone` : first;
  const below = Math.round(10_000 / locality.overprovisioning);
  return `${first} first, below ${below} % healthy also ${others.join(', then ')}${spillText(endpoints, locality.overprovisioning)}`;
}

function groupText(endpoints: readonly EndpointPlan[]): string {
  const zones = [...new Set(endpoints.map(({ zone }) => zone))].filter((zone) => zone !== '').join(', ');
  return `${healthyOf(endpoints)} of ${endpoints.length}${zones === '' ? '' : ` in ${zones}`}`;
}

/** What Envoy makes of the health that is known here: draining endpoints. Ejected and failing ones are known to the callers only. */
function spillText(endpoints: readonly EndpointPlan[], overprovisioning: number): string {
  const near = endpoints.filter((endpoint) => endpoint.priority === 0);
  const weight = (some: readonly EndpointPlan[]): number => some.reduce((sum, endpoint) => sum + endpoint.weight, 0);
  const stays = Math.min(100, (weight(near.filter((endpoint) => endpoint.state === 'healthy')) / Math.max(1, weight(near))) * overprovisioning);
  return stays >= 100 ? '' : `; now ${Math.round(100 - stays)} % leave`;
}
