// Make before break: a resource is taken away when everything that may still point at it is known to be replaced.
import type { ResourceType } from '../envoy/index.ts';
import { type Draft, heldOf, send } from './draft.ts';
import { NOTHING } from './subscription.ts';

/** A proxy acknowledges clusters only when all of them are warm, which may be never: after this its silence counts as consent. */
const BOUNDED_WAIT_MS = 5_000;

/** Users before what they use. */
const ORDER: readonly ResourceType[] = ['listener', 'cluster', 'secret', 'extension', 'routes', 'endpoints'];

/**
 * Types that clients let go of by themselves, with the listener or cluster that asked for them. Telling Envoy that they are
 * removed changes nothing, except that it no longer says it has them when it reconnects, while a draining listener still uses them.
 */
export const LET_GO: ReadonlySet<ResourceType> = new Set(['routes', 'endpoints']);

/** What must be acknowledged before something is taken away. */
const GUARDS: readonly ResourceType[] = ['cluster', 'listener', 'routes'];

/**
 * Notes that something has to be removed, after all that is in flight now. `first` names types whose first answer on this stream
 * must be acknowledged as well although it was not even asked for yet.
 */
export function awaitRemovals(draft: Draft, first: readonly ResourceType[] = []): void {
  const before = draft.removals;
  const awaiting = new Set(before?.awaiting);
  for (const { nonce, type } of draft.inFlight) if (GUARDS.includes(type)) awaiting.add(nonce);
  for (const type of first) awaiting.add(firstAnswer(type));
  const grown = awaiting.size > (before?.awaiting.size ?? 0);
  draft.removals = { awaiting, extended: draft.waking && (before?.extended === true || grown), renewed: before?.renewed ?? false };
}

function firstAnswer(type: ResourceType): string {
  return `first:${type}`;
}

/** The first answer of a type was sent: from now on its acknowledgement is what is waited for. */
export function firstAnswerGiven(draft: Draft, type: ResourceType): void {
  const { removals } = draft;
  if (removals === undefined || !removals.awaiting.has(firstAnswer(type))) return;
  const awaiting = new Set(removals.awaiting);
  awaiting.delete(firstAnswer(type));
  for (const entry of draft.inFlight) if (entry.type === type) awaiting.add(entry.nonce);
  draft.removals = { ...removals, awaiting };
}

/** A response was acknowledged or refused. */
export function settled(draft: Draft, nonce: string): void {
  const { removals } = draft;
  if (removals === undefined || !removals.awaiting.has(nonce)) return;
  const awaiting = new Set(removals.awaiting);
  awaiting.delete(nonce);
  draft.removals = { ...removals, awaiting };
}

/** The wait is over. What was added during it gets one more, but a steady stream of additions does not put it off for ever. */
export function waitElapsed(draft: Draft): void {
  const { removals } = draft;
  draft.waking = false;
  if (removals === undefined) return;
  if (removals.extended && !removals.renewed) draft.removals = { ...removals, extended: false, renewed: true };
  else draft.removals = { awaiting: new Set(), extended: false, renewed: false };
}

/** At the end of every step: removes what may be removed now, or sees to it that the wait for the rest has an end. */
export function removeWhatIsDue(draft: Draft): void {
  const { removals } = draft;
  if (draft.warming.size > 0) wake(draft);
  if (removals === undefined) return;
  if (removals.awaiting.size === 0) {
    if (guarded(draft)) return;
    draft.removals = undefined;
    removeNow(draft);
  } else wake(draft);
}

function wake(draft: Draft): void {
  if (draft.waking) return;
  draft.waking = true;
  draft.outputs.push({ kind: 'wake', afterMs: BOUNDED_WAIT_MS });
}

/** A refused listener or route table still is in use in its last good form, and that one may need what is to be removed. */
function guarded({ types, snapshot }: Draft): boolean {
  return (['listener', 'routes'] as const).some((type) => {
    const { probing, refused } = types[type];
    if (probing !== undefined) return true;
    for (const [name, version] of refused) if (snapshot?.[type].get(name)?.version === version) return true;
    return false;
  });
}

function removeNow(draft: Draft): void {
  const { snapshot } = draft;
  if (snapshot === undefined) return;
  for (const type of ORDER) {
    const { held, opened } = draft.types[type];
    if (!opened) continue;
    const removed: string[] = [];
    for (const [name, version] of held) if (version !== NOTHING && snapshot[type].get(name) === undefined) removed.push(name);
    if (removed.length === 0) continue;
    if (LET_GO.has(type)) for (const name of removed) heldOf(draft, type).set(name, NOTHING);
    else send(draft, type, [], removed);
  }
}
