import type { Workload } from '../../model/index.ts';
import type { EndpointPlan, ServicePortPlan } from '../plan.ts';

const healthyOf = (endpoints: readonly EndpointPlan[]): number => endpoints.filter((endpoint) => endpoint.state === 'healthy').length;

/**
 * Which endpoints come first for a caller, and when others are used too: `3 of 3 in north first, below 70 % healthy also 2 of 2 in south`.
 * Draining endpoints count as gone there, not as unhealthy.
 */
export function localityNote({ endpoints, locality }: ServicePortPlan, caller: Workload): string {
  if (locality === undefined) return '';
  const priorities = [...new Set(endpoints.map((endpoint) => endpoint.priority))].sort((a, b) => a - b);
  if (priorities.length === 0) return `none where ${caller.key} may call (locality ${locality.mode})`;
  const groups = priorities.map((priority) => groupText(endpoints.filter((endpoint) => endpoint.priority === priority)));
  const [first = '', ...others] = groups;
  if (others.length === 0) return caller.zone === '' ? `${first}: the caller has no zone` : first;
  const below = Math.round(10_000 / locality.overprovisioning);
  return `${first} first, below ${below} % healthy also ${others.join(', then ')}`;
}

function groupText(endpoints: readonly EndpointPlan[]): string {
  const zones = [...new Set(endpoints.map(({ zone }) => zone))].filter((zone) => zone !== '').join(', ');
  return `${healthyOf(endpoints)} of ${endpoints.length}${zones === '' ? '' : ` in ${zones}`}`;
}
