// A request says what a client wants and, the first time on a stream, what it already has.
import type { Resource, ResourceType } from '../envoy/index.ts';
import { change, type Draft, forget, heldOf } from './draft.ts';
import { ABSENT, fallback } from './fallback.ts';
import type { DeltaRequest, ResourceRef } from './protocol.ts';
import { deliver } from './push.ts';
import { awaitRemovals, firstAnswerGiven, LET_GO } from './removals.ts';
import type { Snapshot } from './snapshot.ts';
import { NOTHING, UNKNOWN } from './subscription.ts';

const WILDCARD = '*';

/** Types of which clients mean everything when their first request names nothing. */
const LEGACY_WILDCARD: ReadonlySet<ResourceType> = new Set(['cluster', 'listener']);

/** Takes the subscription changes of a request and answers what has to be answered. */
export function subscribe(draft: Draft, type: ResourceType, request: DeltaRequest): void {
  const first = !draft.types[type].opened;
  const asked = new Set<string>();
  if (first) for (const name of openType(draft, type, request)) asked.add(name);
  unsubscribe(draft, type, request.unsubscribe, asked);
  for (const name of request.subscribe) {
    if (name === WILDCARD) addWildcard(draft, type, first, asked);
    else addName(draft, type, name, first, asked);
  }
  if (first || asked.size > 0) answer(draft, type, asked, first);
  if (first && type === 'cluster') for (const waiting of AFTER_CLUSTERS) answerWaiting(draft, waiting);
}

/** Gives the first answer of a type that had to wait for it. */
export function answerWaiting(draft: Draft, type: ResourceType): void {
  const { unanswered } = draft.types[type];
  if (unanswered !== undefined) answer(draft, type, unanswered, true);
}

/** What may name clusters that the client does not have yet. */
const AFTER_CLUSTERS: readonly ResourceType[] = ['listener', 'routes'];

/**
 * A client that asks for endpoints before clusters holds its clusters back while one of them warms. Listeners and routes of now
 * would send to clusters that it will only get then, so they wait for its first request for clusters, which follows when it
 * has its endpoints. (Clients that ask for routes first and endpoints last are not held up.)
 */
function tooEarly({ types }: Draft, type: ResourceType): boolean {
  return AFTER_CLUSTERS.includes(type) && types.endpoints.opened && !types.cluster.opened;
}

/** The strings of a snapshot are shared by all streams; a request's own copy of a name would be memory per proxy. */
function shared(snapshot: Snapshot | undefined, type: ResourceType, name: string): string {
  return snapshot?.[type].get(name)?.name ?? name;
}

/**
 * What the client says it has counts, except when it asks before its clusters came on this stream: then a cluster is warming
 * (Envoy holds its request for clusters back) and needs endpoints, secrets and routes even if it had them before. Returns names
 * that are owed although they are not asked for: the endpoints of clusters sent on this stream, for which this request comes too
 * early, and which routes may need as soon as they are answered.
 */
function openType(draft: Draft, type: ResourceType, request: DeltaRequest): readonly string[] {
  const { subscribe: names, initialVersions } = request;
  const wildcard = names.includes(WILDCARD) || (names.length === 0 && LEGACY_WILDCARD.has(type));
  const believed = wildcard || draft.types.cluster.opened;
  const wanted = new Set(names);
  const owed = draft.types[type].held;
  const held = new Map<string, string>();
  for (const [name, version] of initialVersions) {
    if (!wildcard && !wanted.has(name)) continue;
    const current = draft.snapshot?.[type].get(name);
    const known = version === current?.version ? current.version : version === ABSENT ? NOTHING : version;
    held.set(current?.name ?? name, believed && !owed.has(name) ? known : UNKNOWN);
  }
  const early = [...owed.keys()].filter((name) => !wanted.has(name));
  for (const name of early) held.set(name, UNKNOWN);
  draft.copied.add(type);
  change(draft, type, { opened: true, wildcard, held });
  return early;
}

function addWildcard(draft: Draft, type: ResourceType, first: boolean, asked: Set<string>): void {
  if (first || draft.types[type].wildcard) return;
  const { held } = draft.types[type];
  change(draft, type, { wildcard: true, named: new Set(held.keys()) });
  for (const name of draft.snapshot?.[type].names() ?? []) if (!held.has(name)) asked.add(name);
}

/** A name asked for later is answered whatever was sent before: the client may have dropped it. */
function addName(draft: Draft, type: ResourceType, wanted: string, first: boolean, asked: Set<string>): void {
  const name = shared(draft.snapshot, type, wanted);
  const { wildcard, named } = draft.types[type];
  if (wildcard && !named.has(name)) change(draft, type, { named: new Set(named).add(name) });
  const held = heldOf(draft, type);
  const known = held.get(name);
  if (known === undefined) held.set(name, NOTHING);
  else if (!first && known !== NOTHING) forget(draft, type, name);
  asked.add(name);
}

function unsubscribe(draft: Draft, type: ResourceType, names: readonly string[], asked: Set<string>): void {
  for (const name of names) {
    const { wildcard, named } = draft.types[type];
    if (name === WILDCARD) {
      change(draft, type, { wildcard: false, named: new Set() });
      if (wildcard) for (const key of draft.types[type].held.keys()) if (!named.has(key)) heldOf(draft, type).delete(key);
    } else if (!wildcard) heldOf(draft, type).delete(name);
    else if (named.has(name)) {
      // Still covered by the wildcard, or not: the client cannot know, so it is told again.
      change(draft, type, { named: new Set([...named].filter((other) => other !== name)) });
      forget(draft, type, name);
      asked.add(name);
    }
  }
}

/** Answers names, and with a first request everything a wildcard covers. Waits when there is no snapshot yet. */
export function answer(draft: Draft, type: ResourceType, asked: ReadonlySet<string>, first: boolean): void {
  const { snapshot } = draft;
  const { unanswered, probing } = draft.types[type];
  if (snapshot === undefined || tooEarly(draft, type)) {
    change(draft, type, { unanswered: new Set([...(unanswered ?? []), ...asked]) });
    return;
  }
  change(draft, type, { unanswered: undefined });
  const everything = first && draft.types[type].wildcard;
  const found = answerTo(draft, snapshot, type, everything ? new Set([...snapshot[type].names(), ...draft.types[type].held.keys()]) : asked);
  if (first && found.kept.length > 0) draft.outputs.push({ kind: 'acked', resources: found.kept });
  if (probing !== undefined) change(draft, type, { probing: [...new Set([...probing, ...found.resources.map(({ name }) => name)])] });
  // What stands in for nothing cannot be the one that was refused: it need not queue.
  const resources = probing === undefined ? found.resources : found.resources.filter(({ version }) => version === ABSENT);
  if (probing === undefined || resources.length + found.removed.length > 0) deliver(draft, type, resources, found.removed);
  if (first) firstAnswerGiven(draft, type);
  if (found.later)
    awaitRemovals(
      draft,
      AFTER_CLUSTERS.filter((guard) => !draft.types[guard].opened || draft.types[guard].unanswered !== undefined),
    );
}

interface Answer {
  readonly resources: Resource[];
  readonly removed: string[];
  /** The client has these already. */
  readonly kept: ResourceRef[];
  /** A cluster has to be removed, but not before listeners and routes are what they should be. */
  later: boolean;
}

function answerTo(draft: Draft, snapshot: Snapshot, type: ResourceType, names: Iterable<string>): Answer {
  const answer: Answer = { resources: [], removed: [], kept: [], later: false };
  const { refused } = draft.types[type];
  for (const name of names) {
    const known = draft.types[type].held.get(name) ?? NOTHING;
    const resource = snapshot[type].get(name);
    if (resource !== undefined) {
      if (known === resource.version) answer.kept.push({ type, name: resource.name, version: resource.version });
      else if (refused.get(name) !== resource.version) answer.resources.push(resource);
    } else if (known !== NOTHING && type === 'cluster') answer.later = true;
    else if (known !== NOTHING && known !== UNKNOWN && LET_GO.has(type)) heldOf(draft, type).set(name, NOTHING);
    else {
      const substitute = known === NOTHING ? fallback(type, name) : undefined;
      if (substitute === undefined) answer.removed.push(name);
      else answer.resources.push(substitute);
    }
  }
  return answer;
}
