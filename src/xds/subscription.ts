import type { Resource, ResourceType } from '../envoy/index.ts';
import type { ResourceRef } from './protocol.ts';
import type { Snapshot } from './snapshot.ts';

/** The client has nothing under this name, and was told so if it asked. */
export const NOTHING = '';
/** What the client has under this name is not known (refused response) or does not count (it must get it again). */
export const UNKNOWN = '?';

/** What one stream knows of one resource type. */
export interface TypeState {
  /** A request of this type came on this stream. */
  readonly opened: boolean;
  readonly wildcard: boolean;
  /** Names subscribed explicitly beside a wildcard; without a wildcard the keys of `held` are the subscribed names. */
  readonly named: ReadonlySet<string>;
  /** Name to the version the client has or was sent, NOTHING or UNKNOWN. */
  readonly held: ReadonlyMap<string, string>;
  /** Versions this client refused. */
  readonly refused: ReadonlyMap<string, string>;
  /** Names that wait to be sent one by one after a refusal; while it is there, nothing else of this type is sent. */
  readonly probing: readonly string[] | undefined;
  /** Names asked for before there was a snapshot to answer with, or before their time had come. */
  readonly unanswered: ReadonlySet<string> | undefined;
}

/** A response that was neither acknowledged nor refused yet. */
export interface InFlight {
  readonly nonce: string;
  readonly type: ResourceType;
  readonly resources: readonly Resource[];
  readonly removed: readonly string[];
}

/** Removals that are due once the responses they must come after are acknowledged. */
export interface DueRemovals {
  /** Nonces, or `first:<type>` for a first answer that was not given yet. */
  readonly awaiting: ReadonlySet<string>;
  /** Something was added since the outstanding wake was asked for: there is one more wait, once. */
  readonly extended: boolean;
  readonly renewed: boolean;
}

/** Everything one delta ADS stream needs to remember: an immutable value of a few kilobytes. */
export interface Subscription {
  readonly snapshot: Snapshot | undefined;
  readonly types: Readonly<Record<ResourceType, TypeState>>;
  readonly inFlight: readonly InFlight[];
  readonly removals: DueRemovals | undefined;
  /** Names of clusters that were sent, are slow to warm, and have not been acknowledged. */
  readonly warming: ReadonlySet<string>;
  /** A wake was asked for and has not come. */
  readonly waking: boolean;
  readonly lastNonce: number;
}

const CLOSED: TypeState = {
  opened: false,
  wildcard: false,
  named: new Set(),
  held: new Map(),
  refused: new Map(),
  probing: undefined,
  unanswered: undefined,
};

/** The state of a stream on which nothing was said yet. */
export function openSubscription(): Subscription {
  const types = { cluster: CLOSED, endpoints: CLOSED, secret: CLOSED, listener: CLOSED, routes: CLOSED, extension: CLOSED };
  return { snapshot: undefined, types, inFlight: [], removals: undefined, warming: new Set(), waking: false, lastNonce: 0 };
}

export interface Standing {
  /** Responses the proxy has not answered, and removals that wait for their turn. */
  readonly pending: number;
  readonly refused: readonly ResourceRef[];
}

/** How far a stream is behind its snapshot, for showing. `pending: 0` and nothing refused = in sync. */
export function standing({ types, inFlight, removals, snapshot }: Subscription): Standing {
  const refused: ResourceRef[] = [];
  let probing = 0;
  for (const [type, state] of Object.entries(types) as readonly [ResourceType, TypeState][]) {
    probing += state.probing?.length ?? 0;
    for (const [name, version] of state.refused) {
      if (snapshot?.[type].get(name)?.version === version) refused.push({ type, name, version });
    }
  }
  return { pending: inFlight.length + probing + (removals === undefined ? 0 : 1), refused };
}
