// Acknowledgements, and what follows a refusal. Envoy's refusal of a response does not say which of its resources were applied, and
// of routes, endpoints and secrets a random part was. So everything in it counts as not sent, and is sent again one by one.
import type { Resource, ResourceType } from '../envoy/index.ts';
import { change, type Draft, forget, MAX_IN_FLIGHT } from './draft.ts';
import type { DeltaRequest, ResourceRef } from './protocol.ts';
import { deliver, difference, pushType } from './push.ts';
import { awaitRemovals, settled } from './removals.ts';
import type { InFlight } from './subscription.ts';
import { warmed } from './warming.ts';

function refOf({ type, name, version }: Resource): ResourceRef {
  return { type, name, version };
}

/**
 * Takes the response part of a request. A nonce that is not known is stale and means nothing; only when so much is in flight that
 * old records were merged, a refusal of an unknown one is laid to the oldest, which carries them.
 */
export function acknowledge(draft: Draft, type: ResourceType, request: DeltaRequest): void {
  const same = draft.inFlight.filter((entry) => entry.type === type);
  const oldest = request.error !== undefined && same.length >= MAX_IN_FLIGHT - 1 ? same[0] : undefined;
  const entry = same.find(({ nonce }) => nonce === request.nonce) ?? oldest;
  if (entry === undefined) return;
  draft.inFlight = draft.inFlight.filter((other) => other !== entry);
  settled(draft, entry.nonce);
  if (request.error !== undefined) refuse(draft, entry, request.error.message);
  else if (entry.resources.length > 0) draft.outputs.push({ kind: 'acked', resources: entry.resources.map(refOf) });
  if (type === 'cluster') warmed(draft, entry.resources);
  if (draft.types[type].probing !== undefined) probe(draft, type);
}

function refuse(draft: Draft, { type, resources, removed }: InFlight, words: string): void {
  const [only] = resources;
  if (only === undefined) return; // nothing but removals: telling them again would change nothing
  for (const { name, version } of resources) if (draft.types[type].held.get(name) === version) forget(draft, type, name);
  restoreRemoved(draft, type, removed);
  if (resources.length === 1) {
    change(draft, type, { refused: new Map(draft.types[type].refused).set(only.name, only.version) });
    draft.outputs.push({ kind: 'refused', resource: refOf(only), words });
    return;
  }
  const queue = [...resources.map(({ name }) => name as string)].sort((a, b) => Number(words.includes(b)) - Number(words.includes(a)));
  change(draft, type, { probing: [...new Set([...(draft.types[type].probing ?? []), ...queue])] });
}

/** A malformed message makes Envoy drop the removals of its response, too: they become due again. */
function restoreRemoved(draft: Draft, type: ResourceType, removed: readonly string[]): void {
  const { wildcard, held } = draft.types[type];
  const again = removed.filter((name) => (wildcard || held.has(name)) && draft.snapshot?.[type].get(name) === undefined);
  if (again.length === 0) return;
  for (const name of again) forget(draft, type, name);
  awaitRemovals(draft);
}

/** Sends the next resource of the queue alone, once nothing else of its type is in flight; after the last, whatever differs by then. */
function probe(draft: Draft, type: ResourceType): void {
  const { snapshot } = draft;
  if (snapshot === undefined || draft.inFlight.some((entry) => entry.type === type)) return;
  let queue = draft.types[type].probing ?? [];
  while (queue.length > 0) {
    const [next = '', ...rest] = queue;
    queue = rest;
    const [resource] = difference(draft, snapshot, type, [next]).resources;
    if (resource === undefined) continue;
    change(draft, type, { probing: queue });
    deliver(draft, type, [resource], []);
    return;
  }
  change(draft, type, { probing: undefined });
  pushType(draft, type);
}
