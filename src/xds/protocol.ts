// What goes in and out of the state machine. Versions, nonces, ack, nack and wildcard are the words of the xDS protocol text:
// https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
import type { Resource, ResourceType } from '../envoy/index.ts';
import type { Snapshot, Touched } from './snapshot.ts';

/** A DeltaDiscoveryRequest. `type` is absent for a type URL that Weft does not serve; the machine ignores such a request. */
export interface DeltaRequest {
  readonly typeUrl: string;
  readonly type?: ResourceType;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Only in the first request of a type on a stream: what the client still holds from the stream before. */
  readonly initialVersions: ReadonlyMap<string, string>;
  /** Nonce of the response this acknowledges or refuses; '' for a spontaneous request. */
  readonly nonce: string;
  /** Present = refused, in the client's words. */
  readonly error?: { readonly code: number; readonly message: string };
  /** Comes with the first message of a stream, whichever type that is. Never believed over the token. */
  readonly node?: { readonly id: string; readonly version: string };
}

export interface DeltaResponse {
  readonly type: ResourceType;
  readonly nonce: string;
  readonly resources: readonly Resource[];
  readonly removed: readonly string[];
}

/**
 * `snapshot`: give it only when the stream can be written to; the newest one is enough. `touched` names what may differ from the
 * snapshot given to this subscription before it, so a caller that left one out gives the union. `elapsed` answers a `wake`.
 */
export type Input =
  | { readonly kind: 'request'; readonly request: DeltaRequest }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly touched: Touched }
  | { readonly kind: 'elapsed'; readonly now: number };

export interface ResourceRef {
  readonly type: ResourceType;
  readonly name: string;
  readonly version: string;
}

/**
 * `acked`: the proxy has these, either because it acknowledged them or because it still held them when it came back.
 * `refused`: this very version of this one resource was rejected, in the proxy's words; it is not sent again on this stream.
 * `wake`: give `elapsed` after so long. At most one is outstanding.
 */
export type Output =
  | { readonly kind: 'send'; readonly response: DeltaResponse }
  | { readonly kind: 'acked'; readonly resources: readonly ResourceRef[] }
  | { readonly kind: 'refused'; readonly resource: ResourceRef; readonly words: string }
  | { readonly kind: 'wake'; readonly afterMs: number };
