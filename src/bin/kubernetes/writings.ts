// What the leader writes into its cluster.
import { hostname } from 'node:os';
import type { ControlPlane } from '../../control/index.ts';
import type { Authority } from '../../identity/index.ts';
import { servesClass } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import type { Log } from '../logger.ts';
import type { WebhookSettings } from '../webhooks/settings.ts';
import { keepWebhookTrust, webhookNames } from '../webhooks/trust.ts';
import type { Cluster } from './cluster.ts';
import { type GatewaySettings, keepGateways } from './gateways.ts';
import type { Writing } from './leadership.ts';
import { tellMissed } from './missed.ts';
import { keepProblems } from './problem-objects.ts';
import { servesOf } from './revision.ts';
import { keepStatuses } from './status-objects.ts';
import { keepTrustMaps } from './trust-maps.ts';

export interface WritingParts {
  readonly cluster: Cluster;
  readonly plane: ControlPlane;
  readonly store: Store;
  readonly authority: Authority;
  /** Absent where the API server asks nothing here. */
  readonly webhooks: WebhookSettings | undefined;
  /** What the installation says of Gateways; absent: nothing is made for them. */
  readonly gateways: GatewaySettings | undefined;
  /** Which of several control planes this is; '' for the only one. */
  readonly revision: string;
  /** The ConfigMaps have these trust anchors in every namespace, or ('') not. */
  readonly mapsKept: (bundle: string) => void;
  readonly log: Log;
}

/** One each, by name. */
export function writingsOf(parts: WritingParts): Readonly<Record<string, Writing>> {
  const {
    cluster: { client, mirror },
    plane,
    store,
    authority,
    webhooks,
    gateways,
    mapsKept,
    log,
  } = parts;
  const serves = servesOf(store, parts.revision);
  const classIsOurs = (name: string): boolean => servesClass(plane.mesh, name);
  const anchors = { bundle: () => authority.bundle(), onBundle: (changed: () => void) => authority.onBundle(changed) };
  return {
    statuses: (held) => keepStatuses({ client, store, classIsOurs, serves, log }, held),
    problems: (held) => keepProblems({ client, mirror, instance: hostname(), log }, held),
    missed: (held) => tellMissed({ client, mesh: () => plane.mesh, store }, held),
    trust: (held) => keepTrustMaps({ client, ...anchors, kept: mapsKept, log }, held),
    ...(gateways === undefined ? {} : { gateways: keepGateways({ client, plane, settings: gateways, serves, log }) }),
    ...(webhooks === undefined
      ? {}
      : { webhooks: (held: AbortSignal) => keepWebhookTrust({ client, names: webhookNames(webhooks.inject.revision), ...anchors, log }, held) }),
  };
}
