import type { Clock } from '../base/index.ts';

/** When a certificate was made for, and by which root. */
export interface KeptCertificate {
  readonly notBefore: number;
  readonly renewAt: number;
  readonly authority: string;
}

/** A machine that was suspended, or whose clock was set, is noticed after this time: timers do not count what they slept. */
const RECHECK_MS = 10_000;

export interface Keeping<C extends KeptCertificate> {
  readonly clock: Clock;
  readonly first: C;
  /** Makes another one and puts it in place. */
  readonly make: () => C;
  /** The root that certificates should be of now. */
  readonly serving: () => string;
  /** Tells when that may have changed; returns how to stop. */
  readonly onChange: (told: () => void) => () => void;
}

/** Keeps a certificate good: renewed when it is due, when the clock was set back to before it, and when its root is dropped. Returns how to stop. */
export function keepServerCertificate<C extends KeptCertificate>({ clock, first, make, serving, onChange }: Keeping<C>): () => void {
  let current = first;
  let cancel = (): void => {};
  const look = (): void => {
    cancel();
    const now = clock.now();
    if (now >= current.renewAt || now < current.notBefore || current.authority !== serving()) current = make();
    cancel = clock.after(Math.min(RECHECK_MS, Math.max(0, current.renewAt - clock.now())), look);
  };
  look();
  const off = onChange(look);
  return () => {
    off();
    cancel();
  };
}
