// Changing the root as a state machine over values. No clock, no network: what proxies have is told, what is in force follows from the phase.

/** In this order; each begins when what the one before waited for has been proved. */
export const PHASES = ['trusting', 'issuing', 'dropping', 'cycling'] as const;
export type Phase = (typeof PHASES)[number];

/** The change from one root to another. Undoing is the same change in the other direction. */
export interface Rotation {
  readonly from: string;
  readonly to: string;
  readonly phase: Phase;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly phaseSince: number;
  readonly paused: boolean;
  /** True when it takes back one that was under way. */
  readonly undoing: boolean;
  /** Proxies that are not waited for, because somebody said so. */
  readonly skipped: readonly string[];
}

/** What is in force: roots that are trusted, the one that issues, and the one that the control plane itself shows. */
export interface Reign {
  readonly trusted: readonly string[];
  readonly issuing: string;
  readonly serving: string;
}

/** What is in force during a rotation. The control plane shows the old root until it is dropped, because that is when nobody needs it any more. */
export function reignOf(current: string, rotation: Rotation | undefined): Reign {
  if (rotation === undefined) return { trusted: [current], issuing: current, serving: current };
  const { from, to, phase } = rotation;
  if (phase === 'trusting') return { trusted: [from, to], issuing: from, serving: from };
  if (phase === 'issuing') return { trusted: [from, to], issuing: to, serving: from };
  return { trusted: [to], issuing: to, serving: to };
}

/** What is known of a proxy with regard to trust. */
export interface Standing {
  readonly proxy: string;
  readonly connected: boolean;
  /** It is registered: a machine keeps a lease for it, or somebody wrote it down. */
  readonly registered: boolean;
  /** It has acknowledged the trust bundle of now. */
  readonly trusts: boolean;
  /** Its machine has stored what the control plane is to be recognised by after the change. */
  readonly reaches: boolean;
  /** The root of the certificate that it has acknowledged, and runs. */
  readonly runs: string | undefined;
  /** Until when certificates hold that it may still have, by root (epoch ms). */
  readonly holds: Readonly<Record<string, number>>;
  /** Its listeners are those that were sent after the drop. */
  readonly cycled: boolean;
  /** It is no proxy: something that is waited for in any step, and why. */
  readonly instead?: 'replica' | 'maps';
}

export type Reason = 'bundle' | 'machine' | 'certificate' | 'listeners' | 'away' | 'replica' | 'maps';

/** A proxy that a rotation waits for. */
export interface Straggler {
  readonly proxy: string;
  readonly reason: Reason;
  readonly connected: boolean;
  /** Epoch ms when it stops mattering by itself, because its certificate ends; 0 = only an acknowledgement helps. */
  readonly until: number;
}

/** Whom a phase waits for, those that are skipped included, and how many it is about. */
export function stragglers(rotation: Rotation, standings: readonly Standing[], now: number): readonly Straggler[] {
  return standings.flatMap((standing) => {
    const reason = reasonOf(rotation, standing, now);
    if (reason === undefined) return [];
    return [{ proxy: standing.proxy, reason, connected: standing.connected, until: reason === 'away' ? heldUntil(standing) : 0 }];
  });
}

const heldUntil = ({ holds }: Standing): number => Math.max(0, ...Object.values(holds));

/**
 * Why a phase cannot end because of this proxy. One that is away matters as long as it may have a certificate that holds: it may be cut off
 * from the control plane alone, and serve its peers.
 */
function reasonOf({ phase, from, to }: Rotation, standing: Standing, now: number): Reason | undefined {
  const { connected, registered, trusts, reaches, runs, holds, cycled, instead } = standing;
  if (instead !== undefined) return instead;
  const away = !connected && heldUntil(standing) > now;
  if (away && (phase !== 'issuing' || (holds[from] ?? 0) > now)) return 'away';
  switch (phase) {
    case 'trusting':
      if (connected && !trusts) return 'bundle';
      return (connected || registered) && !reaches ? 'machine' : undefined;
    case 'issuing':
      return connected && runs !== to ? 'certificate' : undefined;
    case 'dropping':
      return connected && !trusts ? 'bundle' : undefined;
    case 'cycling':
      return connected && !cycled ? 'listeners' : undefined;
  }
}

/** Those of them that are waited for. */
export function blocking({ skipped }: Rotation, found: readonly Straggler[]): readonly Straggler[] {
  return found.filter(({ proxy }) => !skipped.includes(proxy));
}

/** The phase after this one; undefined when it was the last. */
export function advanced(rotation: Rotation, now: number): Rotation | undefined {
  const phase = PHASES[PHASES.indexOf(rotation.phase) + 1];
  return phase === undefined ? undefined : { ...rotation, phase, phaseSince: now };
}

/**
 * The way back from any phase: the same change in the other direction, beginning where the first one has not got to. Before anything was
 * issued the new root is just dropped; afterwards the old one issues again; once it was dropped it is trusted again first.
 */
export function undone(rotation: Rotation, now: number): Rotation {
  const phase: Phase = rotation.phase === 'trusting' ? 'dropping' : rotation.phase === 'issuing' ? 'issuing' : 'trusting';
  return { ...rotation, from: rotation.to, to: rotation.from, phase, phaseSince: now, paused: false, undoing: !rotation.undoing };
}

/** These proxies are not waited for any more. */
export function skipping(rotation: Rotation, names: readonly string[]): Rotation {
  return { ...rotation, skipped: [...new Set([...rotation.skipped, ...names])].sort() };
}
