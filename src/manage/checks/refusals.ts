// Callers that a policy turns away: to metrics such an answer is no failure (403), and to whoever asked it is an outage.
import type { ChangeView, UseView } from '../../api/index.ts';
import type { Check, Found } from './check.ts';

/** Fewer say nothing: somebody tried. */
const LEAST = 20;

export interface Refusal {
  /** SPIFFE ID of the caller. */
  readonly source: string;
  /** `namespace/name` of what was called. */
  readonly service: string;
  /** `namespace/name`; empty: no policy allows it. */
  readonly policy: string;
  readonly count: number;
  /** Epoch ms: the first of this hour. */
  readonly since: number;
  /** Method and path of one of them. */
  readonly example: string;
  /** What was changed right before. */
  readonly after?: ChangeView;
}

/** Refusals of callers in the mesh, most first; of each caller, service and policy one. */
export function refusalsIn(uses: readonly UseView[]): readonly Refusal[] {
  const denied = uses.filter(({ outcome, source, service }) => outcome === 'denied' && source !== '' && service !== '');
  const found = [...Map.groupBy(denied, ({ source, service, policy }) => `${source} ${service} ${policy}`).values()].flatMap((all) => {
    const [most] = all.toSorted((a, b) => b.count - a.count);
    if (most === undefined) return [];
    const { source, service, policy, method, path } = most;
    const count = all.reduce((sum, each) => sum + each.count, 0);
    return [{ source, service, policy, count, since: Math.min(...all.map(({ first }) => Date.parse(first))), example: `${method} ${path}`.trim() }];
  });
  return found.filter(({ count }) => count >= LEAST).sort((a, b) => b.count - a.count);
}

const callerOf = (source: string): string => /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(source)?.slice(1).join('/') ?? source;

function found({ source, service, policy, count, since, example, after }: Refusal): Found {
  const [namespace = '', name = ''] = service.split('/');
  const why = policy === '' ? 'no policy allows it' : `AuthorizationPolicy ${policy}`;
  return {
    code: 'WEFT2389',
    object: { kind: 'Service', namespace, name },
    which: `${source} ${policy}`,
    words: `${callerOf(source)} → ${service}: ${count} requests refused (${why}), for example ${example}`,
    since,
    ...(after === undefined ? {} : { after }),
    next: `weft requests --service ${service} --cause authz-denied`,
  };
}

export const policiesLetPass: Check = {
  id: 'policies-let-pass',
  section: 'traffic',
  words: 'no caller in the mesh is refused by a policy',
  look: ({ refusals }) => (refusals === undefined ? 'no records are kept here' : refusals.map(found)),
};
