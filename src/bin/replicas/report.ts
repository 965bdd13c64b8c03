// What replicas tell each other: how their proxies stand, in a form that is short. Every replica knows the mesh itself.
import type { DocumentTally } from '../../control/index.ts';
import type { Standing } from '../../identity/index.ts';

/** A proxy's standing as one replica sees it; `registered` is known to all. */
export type ToldStanding = Omit<Standing, 'registered' | 'instead'>;

export interface ReplicaReport {
  /** Of the start of the replica that tells. */
  readonly identity: string;
  /** Revision of the authority's state that it has put in force. */
  readonly authority: number;
  /** What certificates are out is known without a gap since then (epoch ms), to those who tell and those they have asked. */
  readonly since: number;
  /** The trust anchors that every namespace has in its ConfigMap; '' where this replica does not write them. */
  readonly maps: string;
  /** Of proxies that are connected to it, may have a certificate, or hold a change of the root up; absent where it was not asked for. */
  readonly standings?: readonly ToldStanding[];
  /** Workloads whose machines renew their lease here. */
  readonly leases: readonly string[];
  /** How many of its proxies run which document: those that changed since what was asked for. */
  readonly tallies: readonly DocumentTally[];
  /** To be asked for the next time. */
  readonly tallied: number;
}

/** Whether others have to be told of it. */
export function matters({ connected, holds, reaches }: Standing): boolean {
  return connected || !reaches || Object.keys(holds).length > 0;
}

export function toldOf({ registered: _registered, instead: _instead, ...told }: Standing): ToldStanding {
  return told;
}
