// A step in progress: a copy of the subscription that may be written to, and the outputs so far. What a step does not touch
// stays shared with the value before.
import { type Resource, type ResourceType, TYPE_URLS } from '../envoy/index.ts';
import { ABSENT } from './fallback.ts';
import type { Output } from './protocol.ts';
import type { Snapshot } from './snapshot.ts';
import { type DueRemovals, type InFlight, NOTHING, type Subscription, type TypeState, UNKNOWN } from './subscription.ts';

/** A response is ended before it grows beyond this; Envoy takes more, but the main thread of a proxy should not stall. */
const MAX_RESPONSE_BYTES = 4 << 20;
/** A client that does not acknowledge (clusters are not, while one of them warms) costs no more than this many records per type. */
export const MAX_IN_FLIGHT = 256;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface Draft {
  readonly types: Record<ResourceType, TypeState>;
  snapshot: Snapshot | undefined;
  inFlight: readonly InFlight[];
  removals: DueRemovals | undefined;
  warming: ReadonlySet<string>;
  waking: boolean;
  lastNonce: number;
  readonly outputs: Output[];
  /** Types whose `held` was already copied in this step and may be written. */
  readonly copied: Set<ResourceType>;
}

export function draftOf(subscription: Subscription): Draft {
  return { ...subscription, types: { ...subscription.types }, outputs: [], copied: new Set() };
}

export function finished({ types, snapshot, inFlight, removals, warming, waking, lastNonce, outputs }: Draft): {
  subscription: Subscription;
  outputs: readonly Output[];
} {
  return { subscription: { snapshot, types, inFlight, removals, warming, waking, lastNonce }, outputs };
}

export function change(draft: Draft, type: ResourceType, changes: Partial<Writable<TypeState>>): void {
  draft.types[type] = { ...draft.types[type], ...changes };
}

/** The versions of a type, writable for the rest of this step. */
export function heldOf(draft: Draft, type: ResourceType): Map<string, string> {
  const { held } = draft.types[type];
  if (draft.copied.has(type)) return held as Map<string, string>;
  const copy = new Map(held);
  draft.copied.add(type);
  change(draft, type, { held: copy });
  return copy;
}

/** Says that the client must get this name again, whatever it has. */
export function forget(draft: Draft, type: ResourceType, name: string): void {
  if (draft.types[type].held.get(name) !== UNKNOWN) heldOf(draft, type).set(name, UNKNOWN);
}

/**
 * Sends resources (in as many responses as their size asks for) and removals, and remembers them as sent. With nothing to say
 * it still sends one empty response: an answer.
 */
export function send(draft: Draft, type: ResourceType, resources: readonly Resource[], removed: readonly string[]): void {
  const chunks = chunked(resources);
  for (const [i, chunk] of chunks.entries()) sendOne(draft, type, chunk, i === chunks.length - 1 ? removed : []);
  for (const { name, version } of resources) {
    heldOf(draft, type).set(name, version === ABSENT ? NOTHING : version);
    if (draft.types[type].refused.has(name)) forgiven(draft, type, name);
  }
  for (const name of removed) noteRemoved(draft, type, name);
}

function forgiven(draft: Draft, type: ResourceType, name: string): void {
  const refused = new Map(draft.types[type].refused);
  refused.delete(name);
  change(draft, type, { refused });
}

function noteRemoved(draft: Draft, type: ResourceType, name: string): void {
  const { wildcard, named } = draft.types[type];
  if (wildcard && !named.has(name)) heldOf(draft, type).delete(name);
  else heldOf(draft, type).set(name, NOTHING);
}

function sendOne(draft: Draft, type: ResourceType, resources: readonly Resource[], removed: readonly string[]): void {
  draft.lastNonce++;
  const nonce = draft.lastNonce.toString(36);
  draft.inFlight = [...merged(draft.inFlight, type), { nonce, type, resources, removed }];
  draft.outputs.push({ kind: 'send', response: { type, nonce, resources, removed } });
}

/** Makes room by joining the two oldest records of a type: acknowledgements come in order, so the later one speaks for both. */
function merged(inFlight: readonly InFlight[], type: ResourceType): readonly InFlight[] {
  const same = inFlight.filter((entry) => entry.type === type);
  const [oldest, next] = same;
  if (same.length < MAX_IN_FLIGHT || oldest === undefined || next === undefined) return inFlight;
  const newer = new Set<string>([...next.resources.map(({ name }) => name), ...next.removed]);
  const joined: InFlight = {
    ...next,
    resources: [...oldest.resources.filter(({ name }) => !newer.has(name)), ...next.resources],
    removed: [...oldest.removed.filter((name) => !newer.has(name)), ...next.removed],
  };
  return inFlight.filter((entry) => entry !== oldest).map((entry) => (entry === next ? joined : entry));
}

function chunked(resources: readonly Resource[]): readonly (readonly Resource[])[] {
  const chunks: Resource[][] = [];
  let chunk: Resource[] = [];
  let bytes = 0;
  for (const resource of resources) {
    const size = resource.body.reduce((sum, piece) => sum + piece.length, TYPE_URLS[resource.type].length + resource.name.length + resource.version.length);
    if (chunk.length > 0 && bytes + size > MAX_RESPONSE_BYTES) {
      chunks.push(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(resource);
    bytes += size;
  }
  return [...chunks, chunk];
}
