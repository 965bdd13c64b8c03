import type { Policy } from '../../model/index.ts';
import type { Site } from '../policy.ts';

const OUT: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute', 'Gateway']);

/** Whether an extension for this kind of thing acts where requests leave (at the caller, at a gateway), not where they arrive. */
export function isOnTheWayOut(kind: string): boolean {
  return OUT.has(kind);
}

/** Whether a policy acts on the side of a site: its targets are all of one side. */
export function actsOn({ targets }: Pick<Policy, 'targets'>, site: Pick<Site, 'side'>): boolean {
  const out = targets.some(({ kind }) => isOnTheWayOut(kind));
  return out === (site.side !== 'inbound');
}
