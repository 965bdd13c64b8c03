import { type Clock, WeftError } from '../base/index.ts';
import type { Authority } from './authority.ts';
import type { CaState } from './ca-state.ts';
import { identityError } from './errors.ts';
import { advanced, blocking, type Reason, type Rotation, type Standing, type Straggler, skipping, stragglers, undone } from './rotation.ts';
import type { SuppliedText } from './supplied.ts';

export interface RotatorPorts {
  readonly authority: Authority;
  readonly clock: Clock;
  /** What is known of every proxy. `roots`: fingerprints that a machine should recognise the control plane by. */
  standings(roots: readonly string[]): readonly Standing[];
  /**
   * Puts a state in force for all replicas that share the authority; rejects when another one was faster, and then nothing is in force. Default:
   * for this one alone.
   */
  commit?(state: CaState): Promise<void>;
  /** After a start proxies and machines are still on their way back: so long a step is not ended on the word of those who were there first. Default 12 s. */
  readonly settleMs?: number | undefined;
  log(level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
}

export interface RotateRequest {
  readonly skip: readonly string[];
  readonly force: boolean;
  readonly supplied?: SuppliedText;
}

/** Where a rotation is, and whom it waits for. */
export interface Progress {
  readonly rotation: Rotation;
  readonly found: readonly Straggler[];
  readonly total: number;
}

export interface Rehearsal {
  readonly now: number;
  readonly connected: number;
  readonly found: readonly Straggler[];
}

const LOOK_MS = 500;
const SETTLE_MS = 12_000;
/** Who is waited for is logged again after this time. */
const REMIND_MS = 60_000;

const REASONS: Readonly<Record<Reason, string>> = {
  bundle: 'has not acknowledged the trust bundle',
  machine: 'its `weft run` has not stored the new root',
  certificate: 'has not acknowledged a new certificate',
  listeners: 'has not acknowledged its new listeners',
  away: 'is not connected, and may have a certificate that holds',
  replica: 'is a replica of the control plane that has not told how its proxies are',
  maps: 'is still to be told the roots (ConfigMap weft-trust)',
};

/** What a proxy that is waited for has not done. */
export const reasonWords = ({ reason }: Straggler): string => REASONS[reason];

/**
 * Changes the root of a running mesh without a failed handshake: each step begins when every proxy has proved the one before it. What has been
 * reached is in the authority's state, so a restart goes on from there; what proxies have is looked at anew every time.
 */
export class Rotator {
  readonly #ports: RotatorPorts;
  readonly #openedAt: number;
  readonly #off: () => void;
  #cancel: (() => void) | undefined;
  #closed = false;
  #remindedAt = Number.NEGATIVE_INFINITY;

  private constructor(ports: RotatorPorts) {
    this.#ports = ports;
    this.#openedAt = ports.clock.monotonic();
    // A change that another replica has begun is followed from then on.
    this.#off = ports.authority.onBundle(() => {
      if (this.rotation !== undefined && this.#cancel === undefined) this.#wait(LOOK_MS);
    });
  }

  /** Goes on with a rotation that was under way. */
  static open(ports: RotatorPorts): Rotator {
    const rotator = new Rotator(ports);
    if (rotator.rotation !== undefined) rotator.#wait(LOOK_MS);
    return rotator;
  }

  close(): void {
    this.#closed = true;
    this.#off();
    this.#cancel?.();
  }

  get rotation(): Rotation | undefined {
    return this.#ports.authority.state.rotation;
  }

  progress(): Progress | undefined {
    const { rotation } = this;
    if (rotation === undefined) return undefined;
    const standings = this.#standings(rotation);
    return { rotation, found: stragglers(rotation, standings, this.#ports.clock.now()), total: standings.length };
  }

  /** Makes the next root and begins. Throws `rotation-refused` while another change is under way, `ca-unusable` for what was supplied. */
  async start({ skip, force, supplied }: RotateRequest): Promise<void> {
    const { authority, clock } = this.#ports;
    if (this.rotation !== undefined) {
      throw identityError(
        'rotation-refused',
        `the root is being changed already (step "${this.rotation.phase}"): see it with \`weft ca show\`, go on with \`weft ca resume\`, go back with \`weft ca undo\``,
      );
    }
    const now = clock.now();
    const next = authority.addAnchor(supplied);
    const { state } = authority;
    const rotation: Rotation = {
      from: state.current,
      to: next.name,
      phase: 'trusting',
      startedAt: now,
      phaseSince: now,
      paused: false,
      undoing: false,
      skipped: [...new Set(skip)].sort(),
    };
    try {
      await this.#put({ ...state, anchors: [...state.anchors, { name: next.name, folder: next.name, createdAt: now }], rotation });
    } catch (error) {
      authority.forgetAnchor(next.name);
      throw error;
    }
    this.#ports.log('info', 'the change of the root begins', { from: rotation.from, to: rotation.to, fingerprint: next.fingerprint });
    if (force) await this.resume({ skip: [], force });
    this.#wait(0);
  }

  /** Nothing further is begun until `resume`; what has been sent stays in force. */
  async pause(): Promise<void> {
    await this.#set({ ...this.#needed(), paused: true });
  }

  /** Goes on, without those that are named; with `force` without all that are waited for now. */
  async resume({ skip, force }: { readonly skip: readonly string[]; readonly force: boolean }): Promise<void> {
    const now = this.#ports.clock.now();
    const rotation = skipping(this.#needed(), skip);
    const forced = force ? blocking(rotation, stragglers(rotation, this.#standings(rotation), now)).map(({ proxy }) => proxy) : [];
    if (forced.length > 0) this.#ports.log('warn', 'the change of the root goes on without proxies that may fail', { phase: rotation.phase, proxies: forced });
    await this.#set({ ...skipping(rotation, forced), paused: false });
    this.#wait(0);
  }

  /** Goes back to the root from before, with the same proofs. Once more: forward again. */
  async undo(): Promise<void> {
    const rotation = undone(this.#needed(), this.#ports.clock.now());
    this.#ports.log('warn', 'the change of the root is taken back', { from: rotation.from, to: rotation.to, phase: rotation.phase });
    await this.#set(rotation);
    this.#wait(0);
  }

  /** Whom the first step would wait for, and how long at most by itself. Changes nothing. */
  rehearse(): Rehearsal {
    const now = this.#ports.clock.now();
    const current = this.#ports.authority.issuing;
    const standings = this.#ports.standings(this.#ports.authority.fingerprints);
    const imagined: Rotation = { from: current, to: '', phase: 'trusting', startedAt: now, phaseSince: now, paused: false, undoing: false, skipped: [] };
    return { now, connected: standings.filter(({ connected }) => connected).length, found: stragglers(imagined, standings, now) };
  }

  #needed(): Rotation {
    if (this.rotation !== undefined) return this.rotation;
    throw identityError('rotation-refused', 'no change of the root is under way: `weft ca rotate` begins one');
  }

  #standings({ to }: Rotation): readonly Standing[] {
    const { authority } = this.#ports;
    const next = authority.anchors.find(({ name }) => name === to);
    return this.#ports.standings(next === undefined ? [] : [next.fingerprint]);
  }

  #wait(ms: number): void {
    this.#cancel?.();
    if (!this.#closed) this.#cancel = this.#ports.clock.after(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { clock, log, settleMs = SETTLE_MS } = this.#ports;
    const { rotation } = this;
    if (rotation === undefined) {
      this.#cancel = undefined;
      return;
    }
    try {
      const settled = clock.monotonic() - this.#openedAt >= settleMs;
      const waiting = blocking(rotation, stragglers(rotation, this.#standings(rotation), clock.now()));
      if (waiting.length > 0) this.#remind(rotation, waiting);
      else if (settled && !rotation.paused) await this.#advance(rotation);
    } catch (error) {
      // Another replica took the step at the same moment, or somebody changed what is wanted.
      if (error instanceof WeftError && error.code === 'rotation-refused') log('info', 'the change of the root is looked at again', { why: error.message });
      else
        log('error', 'the change of the root cannot go on; trying again', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    this.#wait(LOOK_MS);
  }

  #remind({ phase }: Rotation, waiting: readonly Straggler[]): void {
    const { clock, log } = this.#ports;
    if (clock.monotonic() - this.#remindedAt < REMIND_MS) return;
    this.#remindedAt = clock.monotonic();
    log('info', 'the change of the root waits', {
      phase,
      for: waiting.slice(0, 20).map((one) => `${one.proxy} ${reasonWords(one)}`),
      more: Math.max(0, waiting.length - 20),
    });
  }

  async #advance(rotation: Rotation): Promise<void> {
    const { clock, log } = this.#ports;
    this.#remindedAt = Number.NEGATIVE_INFINITY;
    const next = advanced(rotation, clock.now());
    if (next === undefined) return this.#finish(rotation);
    await this.#set(next);
    log('info', 'the change of the root has reached its next step', { phase: next.phase });
  }

  async #finish({ from, to }: Rotation): Promise<void> {
    const { authority, clock, log } = this.#ports;
    const { rotation: _over, ...state } = authority.state;
    const dropped = authority.anchors.find(({ name }) => name === from);
    const record = { name: from, fingerprint: dropped?.fingerprint ?? '', notAfter: dropped?.root.validToDate.getTime() ?? 0, retiredAt: clock.now() };
    await this.#put({ ...state, current: to, anchors: state.anchors.filter(({ name }) => name !== from), retired: [...state.retired, record] });
    log('info', 'the root has been changed', { from, to });
  }

  /** Connections from before are ended when the last step begins. */
  #set(rotation: Rotation): Promise<void> {
    const { state } = this.#ports.authority;
    const cycles = rotation.phase === 'cycling' && state.rotation?.phase !== 'cycling';
    return this.#put({ ...state, rotation, cycle: state.cycle + (cycles ? 1 : 0) });
  }

  async #put(changed: CaState): Promise<void> {
    const { authority, commit } = this.#ports;
    const state = { ...changed, revision: (changed.revision ?? 0) + 1 };
    if (commit === undefined) authority.setState(state);
    else await commit(state);
  }
}
