import { issuerLasts, leavesRenewed, rootChangeGoesOn, rootLasts } from './certificates.ts';
import type { Check } from './check.ts';
import { clocksAgree } from './clocks.ts';
import { clusterFollowed, replicasAnswer } from './cluster.ts';
import { loopTurns, storeSpace, storeWrites } from './control-plane.ts';
import { documentsAccepted, documentsMeant } from './documents.ts';
import { objectivesHeld } from './objectives.ts';
import { callersSecured, handshakesDone } from './peers.ts';
import { namespacesFit, podsMeshed, proxiesCurrent } from './pods.ts';
import { proxiesAccept, proxiesConnected, proxiesInSync } from './proxies.ts';
import { policiesLetPass } from './refusals.ts';
import { collectorsTake, nothingLost, propagationWhole } from './telemetry.ts';
import { joinTokensFresh, userTokensLast } from './tokens.ts';
import { callsFast, callsSucceed } from './traffic.ts';
import { envoyFits, envoyPatched } from './versions.ts';
import { gatewaysServed, portsFree, workloadsMeshed } from './workloads.ts';

/** Everything that is looked at, in the order in which it is shown. */
export const CHECKS: readonly Check[] = [
  storeWrites,
  storeSpace,
  loopTurns,
  clusterFollowed,
  replicasAnswer,
  rootLasts,
  issuerLasts,
  leavesRenewed,
  rootChangeGoesOn,
  userTokensLast,
  joinTokensFresh,
  proxiesAccept,
  proxiesInSync,
  proxiesConnected,
  envoyFits,
  envoyPatched,
  clocksAgree,
  workloadsMeshed,
  podsMeshed,
  namespacesFit,
  proxiesCurrent,
  gatewaysServed,
  portsFree,
  callersSecured,
  handshakesDone,
  documentsAccepted,
  documentsMeant,
  callsSucceed,
  callsFast,
  policiesLetPass,
  objectivesHeld,
  nothingLost,
  collectorsTake,
  propagationWhole,
];
