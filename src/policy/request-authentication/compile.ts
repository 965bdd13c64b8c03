import type { Origin } from '../../base/index.ts';
import { duration, type Init, inline, JwtPerRouteSchema, type JwtProviderSchema, pack } from '../../envoy/index.ts';
import { type Policy, parseDuration } from '../../model/index.ts';
import type { Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { TOKEN_METADATA } from '../token-metadata.ts';
import { onceAt } from './once.ts';
import type { Issuer, RequestAuthenticationSpec } from './schema.ts';

/** One issuer at a place. */
export interface TokenProvider {
  /** Stable: the document and the issuer. */
  readonly name: string;
  readonly fields: Init<typeof JwtProviderSchema>;
  /** Where its keys are, when they are not in `fields`; `cluster` is known to plans only (compile/plan/processors.ts). */
  readonly remote?: {
    readonly uri: string;
    readonly timeoutMs: number;
    readonly cacheMs: number;
    readonly cluster?: string;
    /** Of the policy that names it. */
    readonly namespace: string;
  };
}

/** What is asked of requests at a place. */
export interface TokenCheck {
  /** What routes that ask for this call it. */
  readonly requirement: string;
  readonly optional: boolean;
  readonly providers: readonly TokenProvider[];
}

/** The requirement of a place where only one can be: always the same name, so that its coming and going never meets a route that asks for another. */
export const TOKEN_REQUIREMENT = 'weft';

const specOf = (policy: Policy): RequestAuthenticationSpec => policy.spec as unknown as RequestAuthenticationSpec;

interface Held {
  readonly policy: Policy;
  readonly issuer: Issuer;
  readonly at: number;
}

/** All that hold add up; of two that name one issuer the more specific says how it is. */
function issuersOf(policies: readonly Policy[]): readonly Held[] {
  const found = new Map<string, Held>();
  for (const policy of policies) for (const [at, issuer] of (specOf(policy).issuers ?? []).entries()) found.set(issuer.issuer, { policy, issuer, at });
  return [...found.values()];
}

/** Whether who has no token is refused: as the most specific document that says so. */
export function isRequired(policies: readonly Policy[]): boolean {
  return policies.findLast((policy) => specOf(policy).requirement !== undefined)?.spec['requirement'] === 'Required';
}

/** Tokens that must be valid where requests arrive. */
export function compileRequestAuthentication({ policies }: Effective, site: Site): readonly Contribution[] {
  const held = issuersOf(policies);
  const [first] = held;
  if (site.protocol === 'tcp' || first === undefined) return [];
  const origins = held.map(({ policy, at }): Origin => ({ ...policy.origin, path: `spec.issuers[${at}]` }));
  const saying = policies.filter((policy) => specOf(policy).requirement !== undefined).slice(-1);
  const all = [...origins, ...saying.map((policy) => ({ ...policy.origin, path: 'spec.requirement' }))];
  const [origin = first.policy.origin] = origins;
  const requirement = site.side === 'gateway' ? namesOf(policies) : TOKEN_REQUIREMENT;
  const config = pack(JwtPerRouteSchema, { requirementSpecifier: { case: 'requirementName', value: requirement } });
  const once = onceAt(held.flatMap(({ issuer }) => issuer.from ?? BEARER));
  return [
    ...(once === undefined ? [] : [{ kind: 'http-filter', filter: 'weft.jwt_once', config: once, origin } as const]),
    { kind: 'tokens', check: { requirement, optional: !isRequired(policies), providers: held.map(providerOf) }, origin, origins: all },
    { kind: 'http-filter', filter: 'weft.jwt', config, ...(site.side === 'gateway' ? { place: site.name } : {}), origin },
    { kind: 'http-filter', filter: 'weft.jwt_crit', origin },
  ];
}

/** Routes of one Gateway may ask for different things: by the documents that hold there. */
function namesOf(policies: readonly Policy[]): string {
  return [...new Set(policies.map(({ namespace, name }) => `${namespace}/${name}`))].join(' ');
}

const TIMEOUT_MS = 2000;
/** So long keys are used without asking again: also one that was taken back, and also when nobody answers. */
const CACHE_MS = 300_000;
const SKEW_MS = 60_000;
const BEARER: NonNullable<Issuer['from']> = [{ header: { name: 'Authorization', prefix: 'Bearer ' } }];

const ms = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : (parseDuration(text) ?? otherwise));

function providerOf({ policy, issuer }: Held): TokenProvider {
  const { keys, from = BEARER, claimsToHeaders = [], forward = false, payloadHeader, audiences = [], clockSkew, maxLifetime } = issuer;
  const fields: Init<typeof JwtProviderSchema> = {
    issuer: issuer.issuer,
    audiences: [...audiences],
    // A token without an end is a password.
    requireExpiration: true,
    ...(maxLifetime === undefined ? {} : { maxLifetime: duration(ms(maxLifetime, 0)) }),
    clockSkewSeconds: Math.round(ms(clockSkew, SKEW_MS) / 1000),
    forward,
    fromHeaders: from.flatMap(({ header }) => (header === undefined ? [] : [{ name: header.name, valuePrefix: header.prefix ?? '' }])),
    fromParams: from.flatMap(({ query }) => query ?? []),
    fromCookies: from.flatMap(({ cookie }) => cookie ?? []),
    payloadInMetadata: TOKEN_METADATA.key,
    headerInMetadata: TOKEN_METADATA.header,
    normalizePayloadInMetadata: { spaceDelimitedClaims: ['scope', 'permission'] },
    claimToHeaders: claimsToHeaders.map(({ claim, header }) => ({ claimName: claim, headerName: header })),
    ...(payloadHeader === undefined ? {} : { forwardPayloadHeader: payloadHeader }),
    ...(keys.inline === undefined ? {} : { jwksSourceSpecifier: { case: 'localJwks' as const, value: inline(onceMore(keys.inline)) } }),
  };
  const name = `${policy.namespace}/${policy.name} ${issuer.issuer}`;
  const { remote } = keys;
  if (remote === undefined) return { name, fields };
  return {
    name,
    fields,
    remote: { uri: remote.uri, timeoutMs: ms(remote.timeout, TIMEOUT_MS), cacheMs: ms(remote.cache, CACHE_MS), namespace: policy.namespace },
  };
}

/** As it was understood when it was checked: a name that is there twice means the same to everybody. */
function onceMore(json: string): string {
  return JSON.stringify(JSON.parse(json));
}
