// Credentials that are handed out: tokens of users that end, join tokens that are used too late or twice.
import type { Check, Found } from './check.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;
/** What ended long ago nobody misses. */
const MISSED_DAYS = 7;
const RECENT_MS = 3_600_000;

export const userTokensLast: Check = {
  id: 'user-tokens-last',
  section: 'identity',
  words: `tokens of users are valid for ${SOON_DAYS} days and more`,
  look: ({ userTokens, now }) =>
    userTokens.flatMap(({ id, user, expiresAt }): readonly Found[] => {
      const days = Math.floor((Date.parse(expiresAt) - now) / DAY_MS);
      if (days >= SOON_DAYS || days < -MISSED_DAYS) return [];
      const words = days < 0 ? `token ${id} of ${user} has ended` : `token ${id} of ${user} ends in ${days} day${days === 1 ? '' : 's'}`;
      return [{ code: 'WEFT2369', object: { kind: 'User', namespace: '', name: user }, which: id, words, next: `weft token create --user ${user}` }];
    }),
};

const REASONS: Readonly<Record<string, string>> = {
  expired: 'had expired',
  used: 'had been used before',
  malformed: 'were damaged',
  foreign: 'were of another control plane',
};

export const joinTokensFresh: Check = {
  id: 'join-tokens-fresh',
  section: 'identity',
  words: 'no machine tried to join with a stale token in the last hour',
  look: ({ refusedJoins, now }) =>
    refusedJoins
      .filter(({ last }) => now - last < RECENT_MS)
      .map(({ reason, count, last }) => ({
        code: 'WEFT2370',
        object: { kind: 'JoinToken', namespace: '', name: reason },
        words: `machines were turned away ${count === 1 ? 'once' : `${count} times`}: their credentials ${REASONS[reason] ?? `were refused (${reason})`}`,
        since: last,
        next: 'weft token create --service-account NAMESPACE/NAME',
      })),
};
