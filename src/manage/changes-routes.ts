// /weft/v1/changes: who changed which document when. A change is told to who may list documents of its kind in its namespace.
import type { ChangesView } from '../api/index.ts';
import { KINDS } from '../policy/index.ts';
import { changesOf } from './changes.ts';
import { readMoment } from './moment.ts';
import type { Permit } from './permit.ts';
import type { ManagePorts } from './ports.ts';
import { count, one } from './request.ts';
import type { WeftCall, WeftRoute } from './routes.ts';

const DAY_MS = 86_400_000;
const PAGE = 100;
const MOST = 500;

/** Whether the caller may see a change of such a document; asked once per kind and namespace. */
export function visibleTo(permit: Permit): (what: { readonly group: string; readonly kind: string; readonly namespace: string }) => boolean {
  const known = new Map<string, boolean>();
  return ({ group, kind, namespace }) => {
    const key = `${group}/${kind}/${namespace}`;
    const resource = KINDS.find((each) => each.group === group && each.kind === kind)?.plural;
    const allowed = known.get(key) ?? (resource !== undefined && permit.allows({ verb: 'list', group, resource, namespace, name: '' }));
    known.set(key, allowed);
    return allowed;
  };
}

function changes({ store, clock }: Pick<ManagePorts, 'store' | 'clock'>, { query, permit }: WeftCall): ChangesView {
  const now = clock.now();
  const kind = one(query, 'kind')?.toLowerCase();
  const sees = visibleTo(permit);
  return changesOf(store, {
    since: readMoment(query, 'since', { now, otherwise: now - DAY_MS }),
    until: readMoment(query, 'until', { now, otherwise: now }),
    namespace: one(query, 'namespace') || undefined,
    limit: Math.min(count(query, 'limit') ?? PAGE, MOST),
    wanted: (what) => (kind === undefined || kind === '' || what.kind.toLowerCase() === kind) && sees(what),
  });
}

export function changesRoutes(ports: Pick<ManagePorts, 'store' | 'clock'>): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/changes',
      permission: { kind: 'weft', verb: 'list', resource: 'changes', in: 'query' },
      answer: (call) => changes(ports, call),
    },
  ];
}
