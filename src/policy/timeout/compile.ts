import type { Contribution } from '../contribution.ts';
import { decidedBy, type Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { readerOf } from '../read.ts';

/** What every connection manager has (compile/emit/limits.ts): a route that wants the same says nothing. */
const USUAL_IDLE_MS = 3_600_000;

/** How long requests on a route may take, and who says so. */
export function compileTimeouts(effective: Effective, site: Site): readonly Contribution[] {
  if (site.protocol === 'tcp') return [];
  const { ms, origin } = readerOf(effective);
  const idleMs = ms('streamIdle') ?? USUAL_IDLE_MS;
  const streamMs = ms('maxStream') ?? 0;
  const values = {
    requestMs: ms('request') ?? 0,
    tryMs: ms('backendRequest') ?? 0,
    ...(idleMs === USUAL_IDLE_MS ? {} : { idleMs }),
    ...(streamMs === 0 ? {} : { streamMs }),
    requestOrigin: origin('request'),
  };
  const policy = ['request', 'backendRequest', 'streamIdle', 'maxStream'].map((path) => decidedBy(effective, path)).find((each) => each !== undefined);
  const blame = policy === undefined ? [] : [{ kind: 'blame', cause: 'timeout', policy, origin: origin('request') } as const];
  return [{ kind: 'timeout', values }, ...blame];
}
