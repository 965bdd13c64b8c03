// /weft/v1/changes: who changed which document when. A change is told to who may list documents of its kind in its namespace.
import type { ChangesView, ChangeView, PushView } from '../api/index.ts';
import { KINDS } from '../policy/index.ts';
import { changesOf } from './changes.ts';
import { readMoment } from './moment.ts';
import type { Permit } from './permit.ts';
import type { ManagePorts } from './ports.ts';
import { weftAttributes } from './rbac/index.ts';
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

/** Traces of the control plane are those of its namespace. */
const OWN_NAMESPACE = 'weft-system';

type Asked = Pick<ManagePorts, 'store' | 'clock' | 'traces' | 'log'>;

async function pushesOf({ traces, log }: Asked, items: readonly ChangeView[]): Promise<readonly (PushView | undefined)[]> {
  try {
    return (await traces?.pushes(items.map(({ at, what }) => ({ document: wordsOf(what), at: Date.parse(at) })))) ?? [];
  } catch (error) {
    log('warn', 'how changes came to proxies cannot be told', { error: error instanceof Error ? error.message : String(error) });
    return [];
  }
}

const wordsOf = ({ kind, namespace, name }: ChangeView['what']): string => `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;

async function changes(ports: Asked, { query, permit }: WeftCall): Promise<ChangesView> {
  const { store, clock } = ports;
  const now = clock.now();
  const [kind, name] = [one(query, 'kind')?.toLowerCase() ?? '', one(query, 'name') ?? ''];
  const sees = visibleTo(permit);
  const found = changesOf(store, {
    since: readMoment(query, 'since', { now, otherwise: now - DAY_MS }),
    until: readMoment(query, 'until', { now, otherwise: now }),
    namespace: one(query, 'namespace') || undefined,
    limit: Math.min(count(query, 'limit') ?? PAGE, MOST),
    wanted: (what) => (kind === '' || what.kind.toLowerCase() === kind) && (name === '' || what.name === name) && sees(what),
  });
  const pushes = await pushesOf(ports, found.items);
  const opens = permit.allows(weftAttributes('get', 'traces', OWN_NAMESPACE));
  const items = found.items.map((change, at): ChangeView => {
    const push = pushes[at];
    return push === undefined ? change : { ...change, push: opens ? push : { ...push, trace: '' } };
  });
  return { ...found, items };
}

export function changesRoutes(ports: Asked): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/changes',
      permission: { kind: 'weft', verb: 'list', resource: 'changes', in: 'query' },
      answer: (call) => changes(ports, call),
    },
  ];
}
