// What an AuthorizationPolicy says, read once: the same values are compiled for Envoy, evaluated for explain, and turned into lists of callers.

/** How one value is compared. Nothing a user writes is ever read as a regular expression. */
export type Match =
  | { readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains'; readonly value: string }
  /** It is there, whatever it is. */
  | { readonly kind: 'present' }
  /** A path with places for one segment (`{*}`) and for any rest (`{**}`). */
  | { readonly kind: 'template'; readonly value: string }
  | { readonly kind: 'cidr'; readonly address: string; readonly bits: number }
  | { readonly kind: 'port'; readonly port: number }
  /** A token: its issuer and its subject. */
  | { readonly kind: 'token'; readonly issuer: Match; readonly subject: Match }
  | { readonly kind: 'all'; readonly of: readonly Match[] };

/** What is looked at. Addresses: of the connection's peer, of the client that it says it speaks for, and our own. */
export type Aspect =
  | { readonly on: 'principal' | 'peer' | 'client' | 'address' | 'port' | 'token' | 'host' | 'method' | 'path' | 'sni' }
  | { readonly on: 'header'; readonly name: string }
  | { readonly on: 'claim'; readonly claim: readonly string[] };

/** One of `any` must hold; with `not`, none of them. */
export interface Condition {
  readonly aspect: Aspect;
  readonly any: readonly Match[];
  readonly not: boolean;
  /** Where it stands in the spec: `rules[0].from[0].source.principals`. */
  readonly path: string;
}

/** All of them must hold. */
export type Conjunction = readonly Condition[];

export interface Rule {
  /** `shop/ledger-strict#0`, or with the rule's name: what proxies call it. */
  readonly id: string;
  /** `shop/ledger-strict`. */
  readonly policy: string;
  /** Of the spec: `rules[0]`. */
  readonly path: string;
  /** Any of them; empty = whoever asks. */
  readonly sources: readonly Conjunction[];
  /** Any of them; empty = whatever is asked. */
  readonly operations: readonly Conjunction[];
  readonly when: Conjunction;
}

/** Which aspects there are only in requests. */
const OF_REQUESTS: ReadonlySet<Aspect['on']> = new Set(['client', 'token', 'claim', 'host', 'method', 'path', 'header']);

export function isOfRequests({ aspect }: Condition): boolean {
  return OF_REQUESTS.has(aspect.on);
}

/** Every condition of a rule. */
export function conditionsOf({ sources, operations, when }: Rule): readonly Condition[] {
  return [...sources.flat(), ...operations.flat(), ...when];
}
