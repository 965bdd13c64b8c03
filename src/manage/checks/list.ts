import { issuerLasts, leavesRenewed, rootChangeGoesOn, rootLasts } from './certificates.ts';
import type { Check } from './check.ts';
import { documentsAccepted, documentsMeant } from './documents.ts';
import { proxiesAccept, proxiesConnected, proxiesInSync } from './proxies.ts';

/** Everything that is looked at, in the order in which it is shown. */
export const CHECKS: readonly Check[] = [
  rootLasts,
  issuerLasts,
  leavesRenewed,
  rootChangeGoesOn,
  proxiesAccept,
  proxiesInSync,
  proxiesConnected,
  documentsAccepted,
  documentsMeant,
];
