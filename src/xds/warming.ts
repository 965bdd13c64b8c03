// New clusters that take their time to warm (a first health check, a name to be resolved): what sends to them waits until Envoy has
// acknowledged them. All others are warm with the endpoints that travel in the same burst, and nothing waits for them.
import { type Resource, type ResourceType, referencesOf } from '../envoy/index.ts';
import type { Draft } from './draft.ts';
import { pushType } from './push.ts';
import { awaitRemovals } from './removals.ts';
import { NOTHING, UNKNOWN } from './subscription.ts';

/** What may name clusters. */
const USERS: readonly ResourceType[] = ['listener', 'routes'];

/** Notes the slow ones among clusters that are about to be sent and that the client does not have in another form. */
export function noteWarming(draft: Draft, clusters: readonly Resource[]): void {
  const slow = clusters.filter((cluster) => cluster.slowToWarm === true && !isHeld(draft, cluster.name));
  if (slow.length === 0) return;
  draft.warming = new Set([...draft.warming, ...slow.map(({ name }) => name as string)]);
}

function isHeld({ types }: Draft, name: string): boolean {
  const known = types.cluster.held.get(name);
  return known !== undefined && known !== NOTHING && known !== UNKNOWN;
}

/** Whether a listener or route table has to wait because it, or a table it names, sends to a cluster that is warming. */
export function waits(draft: Draft, resource: Resource): boolean {
  const { warming, snapshot } = draft;
  if (warming.size === 0 || !USERS.includes(resource.type)) return false;
  return referencesOf(resource).some(({ type, name }) => {
    if (type === 'cluster') return warming.has(name);
    const table = type === 'routes' ? snapshot?.routes.get(name) : undefined;
    return table !== undefined && referencesOf(table).some((each) => each.type === 'cluster' && warming.has(each.name));
  });
}

/** Clusters were acknowledged or refused: what waited for them goes out. */
export function warmed(draft: Draft, clusters: readonly Resource[]): void {
  const names = new Set<string>(clusters.map(({ name }) => name));
  const rest = [...draft.warming].filter((name) => !names.has(name) && draft.snapshot?.cluster.get(name) !== undefined);
  if (rest.length < draft.warming.size) release(draft, rest);
}

/** The wait was long enough: a cluster that is never warm must not hold up what else stands in the same table. */
export function warmingElapsed(draft: Draft): void {
  if (draft.warming.size > 0) release(draft, []);
}

function release(draft: Draft, still: readonly string[]): void {
  draft.warming = new Set(still);
  for (const type of USERS) {
    const { opened, probing, unanswered } = draft.types[type];
    if (opened && probing === undefined && unanswered === undefined) pushType(draft, type);
  }
  // What was to be taken away when the burst was acknowledged is still in use by what goes out only now.
  if (draft.removals !== undefined) awaitRemovals(draft);
}
