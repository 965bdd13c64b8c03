// Tokens of named users. What is kept is a digest: who reads the store cannot sign in with what they read.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/index.ts';
import type { Store } from '../store/index.ts';
import type { TokenAuthenticator } from './authentication.ts';
import { type Caller, isReserved, namedCaller } from './caller.ts';
import { manageError } from './errors.ts';

const AREA = 'user-tokens';
const PREFIX = 'weft_';
const FORM = /^weft_([a-z0-9]{10})_[A-Za-z0-9_-]{43}$/;

export interface UserTokenView {
  readonly id: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
}

interface Kept extends UserTokenView {
  /** SHA-256 of the whole token, base64url. The token has 256 random bits, so it needs no salt and no slow hash. */
  readonly digest: string;
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

export interface UserTokensOptions {
  readonly store: Pick<Store, 'getValue' | 'listValues' | 'putValue'>;
  readonly clock: Clock;
}

export class UserTokens implements TokenAuthenticator {
  readonly #options: UserTokensOptions;

  constructor(options: UserTokensOptions) {
    this.#options = options;
  }

  /** A new token; it is shown now and never again. Throws `bad-request` for a name that Weft keeps for itself. */
  async create(
    grant: Pick<UserTokenView, 'user' | 'groups' | 'createdBy'> & { readonly ttlMs: number },
  ): Promise<{ readonly token: string; readonly view: UserTokenView }> {
    const reserved = [grant.user, ...grant.groups].find(isReserved);
    if (reserved !== undefined) throw manageError('bad-request', `"${reserved}" is a name that Weft keeps for itself`);
    const id = randomBytes(16).toString('hex').slice(0, 10);
    const token = `${PREFIX}${id}_${randomBytes(32).toString('base64url')}`;
    const now = this.#options.clock.now();
    const { user, groups, createdBy, ttlMs } = grant;
    const view = { id, user, groups, createdBy, createdAt: new Date(now).toISOString(), expiresAt: new Date(now + ttlMs).toISOString() };
    await this.#options.store.putValue(AREA, id, JSON.stringify({ ...view, digest: digestOf(token).toString('base64url') } satisfies Kept));
    return { token, view };
  }

  list(): readonly UserTokenView[] {
    return [...this.#options.store.listValues(AREA).values()].map((text) => {
      const { digest: _, ...view } = JSON.parse(text) as Kept;
      return view;
    });
  }

  /** In force when it returns. False when there is no such token. */
  async revoke(id: string): Promise<UserTokenView | undefined> {
    const found = this.list().find((each) => each.id === id);
    if (found !== undefined) await this.#options.store.putValue(AREA, id, undefined);
    return found;
  }

  authenticate(token: string): Caller | undefined {
    if (!token.startsWith(PREFIX)) return undefined;
    const id = FORM.exec(token)?.[1];
    const text = id === undefined ? undefined : this.#options.store.getValue(AREA, id);
    const kept = text === undefined ? undefined : (JSON.parse(text) as Kept);
    if (kept === undefined || !timingSafeEqual(digestOf(token), Buffer.from(kept.digest, 'base64url')))
      throw manageError('unauthorized', 'the token is not valid here, or was revoked: ask for another (`weft token create --user`)');
    if (Date.parse(kept.expiresAt) <= this.#options.clock.now())
      throw manageError('unauthorized', `the token expired at ${kept.expiresAt}: ask for another (\`weft token create --user\`)`);
    return namedCaller(kept.user, kept.groups, 'user token');
  }
}
