// How a browser signs in: by a link that works once. What it gets are two halves of a secret, of which neither is any good alone: a cookie that no script
// can read, and a key that no other port or site is ever sent (browsers keep cookies by host, without the port). Behind them stands the token that made the
// link, and it is asked again with every request: what ends the token, ends the session. In memory alone: a restart ends all of them.
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/index.ts';
import { manageError } from './errors.ts';

const LINK_MS = 15 * 60_000;
const SESSION_MS = 12 * 3_600_000;
const MOST = 1_000;

const secret = (): string => randomBytes(32).toString('base64url');
/** What is looked up is a digest, so that the time it takes says nothing of the secret. */
const digestOf = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\0')).digest('base64url');

interface Kept {
  readonly token: string;
  /** Epoch ms. */
  readonly until: number;
}

export interface PageLink {
  readonly once: string;
  /** Epoch ms. */
  readonly until: number;
}

export interface PageSession {
  readonly cookie: string;
  readonly key: string;
  readonly lifeMs: number;
  /** Epoch ms. */
  readonly until: number;
}

/** The newest are kept. */
function keep(kept: Map<string, Kept>, digest: string, one: Kept, now: number): void {
  for (const [key, { until }] of kept) if (until <= now || kept.size >= MOST) kept.delete(key);
  kept.set(digest, one);
}

export class PageSessions {
  readonly #clock: Clock;
  readonly #links = new Map<string, Kept>();
  readonly #sessions = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For who has `token`: whoever opens the link first is signed in as they are. Good for 15 minutes. */
  link(token: string): PageLink {
    const now = this.#clock.now();
    const once = secret();
    keep(this.#links, digestOf(once), { token, until: now + LINK_MS }, now);
    return { once, until: now + LINK_MS };
  }

  /** Uses the link up. Throws `unauthorized` when it was used, is too old, or was never made. */
  open(once: string): PageSession {
    const digest = digestOf(once);
    const link = this.#links.get(digest);
    this.#links.delete(digest);
    const now = this.#clock.now();
    if (link === undefined || link.until <= now)
      throw manageError('unauthorized', 'this link was used already, or is older than 15 minutes: `weft dashboard` makes another');
    const [cookie, key, until] = [secret(), secret(), now + SESSION_MS];
    keep(this.#sessions, digestOf(cookie, key), { token: link.token, until }, now);
    return { cookie, key, lifeMs: SESSION_MS, until };
  }

  /** The token behind a session. Throws `unauthorized` when there is none, or no more. */
  token(cookie: string, key: string): string {
    const session = this.#sessions.get(digestOf(cookie, key));
    if (session === undefined || session.until <= this.#clock.now())
      throw manageError('unauthorized', 'nobody is signed in here any more: `weft dashboard` makes a link that signs in');
    return session.token;
  }

  close(cookie: string, key: string): void {
    this.#sessions.delete(digestOf(cookie, key));
  }
}
