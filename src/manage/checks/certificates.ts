// Certificates: roots, what issues, and those of proxies.
import type { CaRootView, CaView, ObjectView } from '../../api/index.ts';
import type { Check, Found } from './check.ts';
import { proxyObject } from './proxies.ts';

const DAY_MS = 86_400_000;
/** A root is replaced slowly: every machine must have heard of the new one. */
const ROOT_SOON_DAYS = 90;
const ISSUER_SOON_DAYS = 30;
/** Proxies renew at half of a lifetime: with a fifth of it left, at least two attempts have failed. */
const LEAF_SOON_SHARE = 5;

const AUTHORITY: ObjectView = { kind: 'CertificateAuthority', namespace: '', name: 'mesh' };
const daysLeft = (notAfter: number, now: number): number => Math.floor((notAfter - now) / DAY_MS);
const NO_AUTHORITY = 'this control plane has no authority';

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const ending = (what: string, days: number): string => (days < 0 ? `${what} has ended` : `${what} ends in ${plural(days, 'day')}`);

function rootEnding({ name, notAfter, state }: CaRootView, now: number): readonly Found[] {
  const days = daysLeft(notAfter, now);
  if (state === 'dropped' || days >= ROOT_SOON_DAYS) return [];
  const what = state === 'issuing' ? 'the root' : `root ${name}, which is only trusted,`;
  return [{ code: 'WEFT2365', severity: days < 0 ? 'error' : 'warning', object: AUTHORITY, which: name, words: ending(what, days), next: 'weft ca show' }];
}

export const rootLasts: Check = {
  id: 'root-lasts',
  section: 'identity',
  words: `roots are valid for ${ROOT_SOON_DAYS} days and more`,
  look: ({ ca, now }) => (ca === undefined ? NO_AUTHORITY : ca.roots.flatMap((root) => rootEnding(root, now))),
};

function issuerEnding({ state, key, name, issuerNotAfter }: CaRootView, now: number): readonly Found[] {
  const days = daysLeft(issuerNotAfter, now);
  if (state !== 'issuing' || key === 'here' || issuerNotAfter === 0 || days >= ISSUER_SOON_DAYS) return [];
  const words = `${ending('the issuer', days)}, and the root’s key is not here`;
  return [{ code: 'WEFT2366', severity: days < 0 ? 'error' : 'warning', object: AUTHORITY, which: name, words, next: 'weft ca show' }];
}

export const issuerLasts: Check = {
  id: 'issuer-lasts',
  section: 'identity',
  words: `the issuer is valid for ${ISSUER_SOON_DAYS} days and more, or renews itself`,
  look: ({ ca, now }) => (ca === undefined ? NO_AUTHORITY : ca.roots.flatMap((root) => issuerEnding(root, now))),
};

function waiting({ rotation }: CaView): readonly Found[] {
  const waits = rotation?.stragglers.filter(({ skipped }) => !skipped).length ?? 0;
  if (rotation === undefined || (waits === 0 && !rotation.paused)) return [];
  const why = rotation.paused ? 'was halted' : `waits for ${waits === 1 ? 'a proxy' : `${waits} proxies`}`;
  const words = `the change of the root ${why} in step ${rotation.step} of 4`;
  return [{ code: 'WEFT2368', object: AUTHORITY, words, since: rotation.phaseSince, next: 'weft ca show' }];
}

export const rootChangeGoesOn: Check = {
  id: 'root-change-goes-on',
  section: 'identity',
  words: 'no change of the root waits',
  look: ({ ca }) => (ca === undefined ? NO_AUTHORITY : waiting(ca)),
};

export const leavesRenewed: Check = {
  id: 'leaves-renewed',
  section: 'identity',
  words: 'certificates of proxies are renewed in time',
  look: ({ proxies, ca, now }) => {
    const soonMs = Math.min(3_600_000, (ca?.leafLifetimeMs ?? DAY_MS) / LEAF_SOON_SHARE);
    return proxies
      .filter(({ connected, certificateNotAfter: notAfter }) => connected && notAfter > 0 && notAfter - now < soonMs)
      .map((proxy) => {
        const minutes = Math.floor((proxy.certificateNotAfter - now) / 60_000);
        const words = minutes < 0 ? `the certificate of ${proxy.id} has ended` : `the certificate of ${proxy.id} ends in ${plural(minutes, 'minute')}`;
        return {
          code: 'WEFT2367',
          severity: minutes < 0 ? 'error' : 'warning',
          object: proxyObject(proxy),
          words,
          next: `weft proxy-config secret ${proxy.id}`,
        };
      });
  },
};
