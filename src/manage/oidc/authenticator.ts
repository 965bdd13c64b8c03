// OpenID Connect: a bearer ID or access token of the issuer that the operator named.
import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { parse as parseYaml } from 'yaml';
import type { OidcSettings } from '../../api/index.ts';
import type { Clock } from '../../base/index.ts';
import type { TokenAuthenticator } from '../authentication.ts';
import { readJson } from '../body.ts';
import { type Caller, namedCaller } from '../caller.ts';
import { manageError } from '../errors.ts';
import { fetchJson } from './fetch.ts';
import { IssuerKeys } from './keys.ts';

/** Asymmetric signatures alone: with a shared secret whoever can check a token could make one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
/** Headers by which a token would choose its own key. */
const OWN_KEY = ['jwk', 'jku', 'x5u', 'x5c'];
const TYPES = new Set(['JWT', 'at+jwt', 'application/at+jwt']);
const MAX_BYTES = 16 * 1024;
const SKEW_S = 60;
const MAX_AGE_S = 24 * 3600;
const MAX_GROUPS = 200;

const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Readers disagree on which of two equal keys counts, so there may be none. */
function checkPart(part: string): void {
  const text = Buffer.from(part, 'base64url').toString('utf8');
  readJson(text);
  parseYaml(text, { uniqueKeys: true, maxAliasCount: 0, schema: 'json', logLevel: 'error' });
}

function checkShape(token: string): string | undefined {
  const [header = '', payload = ''] = token.split('.');
  checkPart(header);
  checkPart(payload);
  const head = decodeProtectedHeader(token);
  const own = OWN_KEY.find((name) => Object.hasOwn(head, name));
  if (own !== undefined) throw new Error(`the token brings its own key (${own})`);
  if (head.typ !== undefined && !TYPES.has(head.typ)) throw new Error('it is a token for something else');
  return head.kid;
}

/** OIDC Core §3.1.3.7: a token for several audiences says for whom it was made. */
function checkParty({ aud, azp }: JWTPayload, audience: string): void {
  if (Array.isArray(aud) && aud.length > 1 && azp !== audience) throw new Error('it was made for another client');
}

export class OidcAuthenticator implements TokenAuthenticator {
  readonly #settings: OidcSettings;
  readonly #clock: Clock;
  readonly #keys: IssuerKeys;

  constructor(settings: OidcSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    const { issuer, caPem } = settings;
    const options = { named: new URL(issuer).hostname, ...(caPem === undefined ? {} : { caPem }) };
    this.#keys = new IssuerKeys({ issuer, clock, fetch: (url) => fetchJson(url, options) });
  }

  /** Undefined for what is no JWT. Throws `unauthorized` with the reason for one that is no good. */
  async authenticate(token: string): Promise<Caller | undefined> {
    if (token.length > MAX_BYTES || !JWT.test(token)) return undefined;
    try {
      return this.#callerOf(await this.#verify(token));
    } catch (error) {
      throw manageError('unauthorized', `the token of ${this.#settings.issuer} is refused: ${reasonOf(error)}`);
    }
  }

  async #verify(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#settings;
    const keys = await this.#keys.for(checkShape(token));
    const options: JWTVerifyOptions = {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      requiredClaims: ['iss', 'aud', 'exp', 'iat', 'sub'],
      clockTolerance: SKEW_S,
      maxTokenAge: MAX_AGE_S,
      currentDate: new Date(this.#clock.now()),
    };
    const { payload } = await jwtVerify(token, keys, options);
    checkParty(payload, audience);
    return payload;
  }

  #callerOf(payload: JWTPayload): Caller {
    const { usernameClaim = 'sub', groupsClaim = 'groups', prefix = 'oidc:' } = this.#settings;
    const name = payload[usernameClaim];
    if (typeof name !== 'string' || name === '' || name.length > 256) throw new Error(`it has no ${usernameClaim}`);
    if (usernameClaim === 'email' && payload['email_verified'] !== true) throw new Error('the issuer has not verified its email');
    const claimed = payload[groupsClaim] ?? [];
    const groups = (Array.isArray(claimed) ? claimed : [claimed]).filter((group): group is string => typeof group === 'string' && group !== '');
    return namedCaller(
      `${prefix}${name}`,
      groups.slice(0, MAX_GROUPS).map((group) => `${prefix}${group}`),
      'OIDC',
    );
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} is ${error.reason === 'missing' ? 'missing' : 'not what it must be'}`;
  if (error instanceof errors.JOSEError) return 'its signature or its form is not what it must be';
  return error instanceof Error ? error.message : 'it cannot be read';
}
