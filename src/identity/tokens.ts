import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify, SignJWT } from 'jose';
import { type Clock, err, ok, type Result } from '../base/index.ts';
import type { ProxyId, SpiffeId, WorkloadKey } from '../model/index.ts';
import { identityError } from './errors.ts';
import type { JoinGrant, ProxyClaims } from './port.ts';
import type { PrivateFiles } from './private-file.ts';
import { openTokenKey, type TokenKey } from './token-key.ts';

/** The part of the store that makes a join token work once. */
export interface ClaimStore {
  claimValue(area: string, key: string, value: string): Promise<boolean>;
  listValues(area: string): ReadonlyMap<string, string>;
  putValue(area: string, key: string, value: string | undefined): Promise<void>;
}

export interface TokensOptions {
  /** The control plane's data directory; the key is `tokens.key` in it. */
  readonly directory: string;
  readonly store: ClaimStore;
  /** How the key's file is read and written; default as it is, 0600. */
  readonly files?: PrivateFiles;
  readonly clock: Clock;
  /** Goes into join tokens, so that a machine recognises the control plane: fingerprints of its roots, the one it shows now first. */
  readonly fingerprints: () => readonly string[];
  /** Audience of proxy tokens. Default `weft-xds`. */
  readonly xdsAudience?: string;
}

export type JoinRefusal = { readonly code: 'malformed' | 'foreign' | 'expired' | 'used'; readonly message: string };

const HOUR_MS = 3600 * 1000;
const MAX_JOIN_MS = 24 * HOUR_MS;
const PROXY_TOKEN_MS = HOUR_MS;
const LAPSED_MS = 7 * 24 * HOUR_MS;
const JOIN_AUDIENCE = 'weft-join';
const USED = 'join-tokens';
/** Area of the store that says when a backup was restored. */
export const EPOCH = 'epoch';
const CACHE_SIZE = 20_000;
const MAX_TOKEN_BYTES = 8 * 1024;
const MAKE_ANOTHER = 'make another with `weft token create`';

/** Join tokens (a machine's first word) and proxy tokens (a proxy's every word): JWTs signed with ES256 by a key of their own. */
export class Tokens {
  readonly #key: TokenKey;
  readonly #options: TokensOptions;
  readonly #verified = new Map<string, Promise<ProxyClaims | undefined>>();

  private constructor(key: TokenKey, options: TokensOptions) {
    this.#key = key;
    this.#options = options;
  }

  /** Loads or makes the key, and forgets used join tokens that have expired. */
  static async open(options: TokensOptions): Promise<Tokens> {
    const tokens = new Tokens(openTokenKey(join(options.directory, 'tokens.key'), options.files), options);
    await tokens.#forgetExpired();
    return tokens;
  }

  /** A join token for what is granted. Throws `bad-grant` when it would be valid for no time or for more than 24 h. */
  async createJoin(grant: JoinGrant): Promise<string> {
    const now = this.#options.clock.now();
    if (grant.expiresAt <= now) throw identityError('bad-grant', 'the token would already be expired: give it a time to live of at least a second');
    if (grant.expiresAt > now + MAX_JOIN_MS + 1000)
      throw identityError('bad-grant', 'a join token lives at most 24 h: it is used once, so a short life costs nothing');
    const { namespace, serviceAccount, labels } = grant;
    const [root = '', ...roots] = this.#options.fingerprints();
    return this.#sign(
      { jti: randomUUID(), root, ...(roots.length === 0 ? {} : { roots }), ns: namespace, sa: serviceAccount, labels: { ...labels } },
      JOIN_AUDIENCE,
      grant.expiresAt,
    );
  }

  /** What a join token allows, without spending it: what can go wrong afterwards should not cost the user a token. */
  async verifyJoin(token: string): Promise<Result<JoinGrant, JoinRefusal>> {
    const read = await this.#readJoin(token);
    return read.ok ? ok(read.value.grant) : read;
  }

  /**
   * Spends a join token. Of any number of attempts, also at the same time and across restarts, one gets the grant. The
   * refusals' messages are for the person who pasted the token.
   */
  async redeemJoin(token: string): Promise<Result<JoinGrant, JoinRefusal>> {
    const read = await this.#readJoin(token);
    if (!read.ok) return read;
    const { jti, grant } = read.value;
    if (await this.#options.store.claimValue(USED, jti, String(grant.expiresAt))) return ok(grant);
    return err({ code: 'used', message: `the join token has already been used, and a join token works once: ${MAKE_ANOTHER}` });
  }

  /** A proxy token, valid for an hour from now. */
  async issueProxy(claims: Omit<ProxyClaims, 'expiresAt'>): Promise<{ readonly token: string; readonly expiresAt: number }> {
    const expiresAt = this.#options.clock.now() + PROXY_TOKEN_MS;
    const token = await this.#sign({ sub: claims.id, proxy: claims.proxy, workload: claims.workload }, this.#xdsAudience, expiresAt);
    return { token, expiresAt: Math.floor(expiresAt / 1000) * 1000 };
  }

  /** Whom a proxy token speaks for, or undefined when it is not valid now. A signature is verified once per token. */
  async authenticate(token: string): Promise<ProxyClaims | undefined> {
    const known = this.#verified.get(token);
    const claims = await (known ?? this.#remember(token));
    if (claims !== undefined && claims.expiresAt > this.#options.clock.now()) return claims;
    // Refusals are not kept: whoever sends garbage must not push good entries out.
    this.#verified.delete(token);
    return undefined;
  }

  /**
   * Whom a proxy token speaks for that may have expired, up to a week ago: for renewing alone. A control plane that was away for longer than
   * tokens live, or a clock that was set, must not leave every machine outside. Whoever had the token while it was good could have renewed it.
   */
  async authenticateLapsed(token: string): Promise<ProxyClaims | undefined> {
    return (await this.authenticate(token)) ?? this.#proxyClaims(token, LAPSED_MS);
  }

  async #readJoin(token: string): Promise<Result<{ readonly jti: string; readonly grant: JoinGrant }, JoinRefusal>> {
    const verified = await this.#verify(token, JOIN_AUDIENCE, ['jti', 'root', 'ns', 'sa', 'labels']);
    if (!verified.ok) return verified;
    const { jti, root, roots, ns, sa, labels, exp = 0 } = verified.value;
    const fits = typeof jti === 'string' && typeof ns === 'string' && typeof sa === 'string' && isLabels(labels);
    if (!fits) return err({ code: 'malformed', message: `the join token lacks what a join token says: ${MAKE_ANOTHER}` });
    // Which tokens were used in the time that a restored backup does not know, nobody knows.
    if ((verified.value.iat ?? 0) * 1000 < this.#epoch())
      return err({ code: 'foreign', message: `the join token was made before this control plane was restored from a backup: ${MAKE_ANOTHER}` });
    const named: readonly unknown[] = [root, ...(Array.isArray(roots) ? roots : [])];
    if (!this.#options.fingerprints().some((fingerprint) => named.includes(fingerprint)))
      return err({ code: 'foreign', message: `the join token was made for another root than this control plane has now: ${MAKE_ANOTHER}` });
    return ok({ jti, grant: { namespace: ns, serviceAccount: sa, labels, expiresAt: exp * 1000 } });
  }

  /** Epoch ms of the last restore; 0 when there was none. */
  #epoch(): number {
    return Number(this.#options.store.listValues(EPOCH).get('restored') ?? 0);
  }

  get #xdsAudience(): string {
    return this.#options.xdsAudience ?? 'weft-xds';
  }

  #remember(token: string): Promise<ProxyClaims | undefined> {
    const claims = this.#proxyClaims(token);
    if (token.length <= MAX_TOKEN_BYTES) this.#verified.set(token, claims);
    const oldest = this.#verified.keys().next().value;
    if (this.#verified.size > CACHE_SIZE && oldest !== undefined) this.#verified.delete(oldest);
    return claims;
  }

  async #proxyClaims(token: string, lapsedMs = 0): Promise<ProxyClaims | undefined> {
    const verified = await this.#verify(token, this.#xdsAudience, ['sub', 'proxy', 'workload'], lapsedMs);
    if (!verified.ok) return undefined;
    const { sub, proxy, workload, exp = 0 } = verified.value;
    if (typeof sub !== 'string' || typeof proxy !== 'string' || typeof workload !== 'string') return undefined;
    return { id: sub as SpiffeId, proxy: proxy as ProxyId, workload: workload as WorkloadKey, expiresAt: exp * 1000 };
  }

  #sign(payload: JWTPayload, audience: string, expiresAt: number): Promise<string> {
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', typ: audience })
      .setAudience(audience)
      .setIssuedAt(Math.floor(this.#options.clock.now() / 1000))
      .setExpirationTime(Math.floor(expiresAt / 1000))
      .sign(this.#key.secret);
  }

  async #verify(token: string, audience: string, required: readonly string[], lapsedMs = 0): Promise<Result<JWTPayload, JoinRefusal>> {
    if (token.length > MAX_TOKEN_BYTES) return err({ code: 'malformed', message: 'the token is too long to be one of ours' });
    const options: JWTVerifyOptions = {
      algorithms: ['ES256'],
      typ: audience,
      audience,
      requiredClaims: ['exp', 'iat', 'aud', ...required],
      currentDate: new Date(this.#options.clock.now()),
      clockTolerance: lapsedMs / 1000,
    };
    try {
      return ok((await jwtVerify(token.trim(), this.#key.open, options)).payload);
    } catch (error) {
      return err(refusal(error));
    }
  }

  async #forgetExpired(): Promise<void> {
    const now = this.#options.clock.now();
    for (const [jti, expiresAt] of this.#options.store.listValues(USED)) {
      if (Number(expiresAt) + HOUR_MS < now) await this.#options.store.putValue(USED, jti, undefined);
    }
  }
}

function refusal(error: unknown): JoinRefusal {
  if (error instanceof errors.JWTExpired) {
    const at = typeof error.payload.exp === 'number' ? ` at ${new Date(error.payload.exp * 1000).toISOString()}` : '';
    return { code: 'expired', message: `the join token expired${at}: ${MAKE_ANOTHER}` };
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return { code: 'foreign', message: `the join token was not made by this control plane, or was altered: ${MAKE_ANOTHER} where this control plane runs` };
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return {
      code: 'malformed',
      message: `this is a token, but no join token (its "${error.claim}" is ${error.reason === 'missing' ? 'missing' : 'another'}): ${MAKE_ANOTHER}`,
    };
  }
  return { code: 'malformed', message: `this is no join token of Weft, or it was not copied whole: ${MAKE_ANOTHER}` };
}

function isLabels(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((each) => typeof each === 'string');
}
