// The keys of an issuer: found by discovery, kept for a while, asked for again when a token names one that is not known.
import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import type { Clock } from '../../base/index.ts';
import { isFields } from '../body.ts';

const FRESH_MS = 3_600_000;
/** With an issuer that cannot be reached, keys that were good are good for so long. */
const STALE_MS = 24 * 3_600_000;
/** Tokens with unknown keys make us ask again, but not oftener. */
const AGAIN_MS = 30_000;

export interface KeysOptions {
  readonly issuer: string;
  readonly clock: Clock;
  fetch(url: string): Promise<unknown>;
}

interface Known {
  readonly keys: LocalJWKSet;
  readonly ids: ReadonlySet<string>;
  readonly at: number;
}

/** Public keys for signatures alone: what is symmetric or private in a published set is somebody's mistake, or a trap. */
function publicKeys(value: unknown): JSONWebKeySet {
  const keys = isFields(value) && Array.isArray(value['keys']) ? value['keys'] : [];
  const good = keys.filter((key) => isFields(key) && key['kty'] !== 'oct' && key['d'] === undefined && (key['use'] ?? 'sig') === 'sig');
  if (good.length === 0) throw new Error('the issuer publishes no keys for signatures');
  return { keys: good.slice(0, 100) };
}

export class IssuerKeys {
  readonly #options: KeysOptions;
  #known: Known | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  /** The keys that may have made a token with this `kid`. Throws when there are none to trust. */
  async for(kid: string | undefined): Promise<LocalJWKSet> {
    const now = this.#options.clock.monotonic();
    const known = this.#known;
    const missing = known === undefined || now - known.at > FRESH_MS || (kid !== undefined && !known.ids.has(kid));
    if (missing && now - this.#askedAt >= AGAIN_MS) {
      this.#askedAt = now;
      this.#asking = this.#ask().finally(() => {
        this.#asking = undefined;
      });
    }
    if (missing) await this.#asking?.catch(() => undefined);
    const { keys, at } = this.#known ?? { keys: undefined, at: 0 };
    if (keys === undefined || now - at > STALE_MS) throw new Error('the keys of the issuer cannot be had');
    return keys;
  }

  async #ask(): Promise<void> {
    const { issuer, fetch, clock } = this.#options;
    const discovery = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (!isFields(discovery) || discovery['issuer'] !== issuer) throw new Error('the issuer says that it is another');
    const uri = discovery['jwks_uri'];
    if (typeof uri !== 'string' || !URL.canParse(uri)) throw new Error('the issuer does not say where its keys are');
    const set = publicKeys(await fetch(uri));
    const ids = new Set(set.keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid])));
    this.#known = { keys: createLocalJWKSet(set), ids, at: clock.monotonic() };
  }
}
