import type { Socket } from 'node:net';
import { FairQueue } from './fair-queue.ts';
import { KnownSources, sourceOf } from './sources.ts';
import { TimeShare } from './time-share.ts';

export interface DoorLimits {
  /** How long a connection may say nothing before it is ended. */
  readonly firstByteMs: number;
  /** Connections that have said nothing yet; one more ends the oldest of them, so that who speaks at once always gets in. */
  readonly mostSilent: number;
  /** Connections that have spoken; one more is ended. */
  readonly mostInside: number;
  /** Of one source, that wait to come in; one more is ended. */
  readonly mostWaiting: number;
  /** How many come in before the process looks after everything else again: a handshake costs it a millisecond. */
  readonly perTurn: number;
  /** The part of the process's time that those who come in may take in the long run while those who are in want it; what these do not want is theirs, too. */
  readonly share: number;
  /** What they may take at once after a rest: a restart, a herd. */
  readonly burstMs: number;
}

export const DEFAULT_DOOR_LIMITS: DoorLimits = {
  firstByteMs: 10_000,
  mostSilent: 1_000,
  mostInside: 20_000,
  mostWaiting: 2_000,
  perTurn: 2,
  share: 0.2,
  burstMs: 500,
};

/** Of this thread. */
const PASSING = { now: () => performance.now(), idle: () => performance.eventLoopUtilization().idle };

/** What a connection said first, put back into it. */
export type Enter = (socket: Socket, first: Buffer) => void;

interface Waiting {
  readonly socket: Socket;
  readonly first: Buffer;
}

/**
 * In front of a listener: connections are let in when they have said something, a few at a time and for a part of the time while there is other work. Those that say nothing cost a
 * descriptor and no handshake, there are never many of them, and they keep nobody out. Of those who wait, sources that are known come first, and each has its turn.
 */
export class Door {
  readonly #limits: DoorLimits;
  readonly #enter: Enter;
  /** In the order in which they came. */
  readonly #silent = new Set<Socket>();
  readonly #known = new KnownSources();
  readonly #waiting: FairQueue<Waiting>;
  readonly #time: TimeShare;
  #inside = 0;
  #turning = false;

  constructor(enter: Enter, limits: Partial<DoorLimits> = {}) {
    this.#enter = enter;
    this.#limits = { ...DEFAULT_DOOR_LIMITS, ...limits };
    this.#waiting = new FairQueue({ mostOfOne: this.#limits.mostWaiting });
    this.#time = new TimeShare(this.#limits, PASSING);
  }

  /** Who comes from `address` belongs here: it has shown a credential that holds. */
  knows(address: string): void {
    this.#known.add(sourceOf(address));
  }

  /** Takes a connection that has just been made. */
  take(socket: Socket): void {
    const { mostSilent, firstByteMs } = this.#limits;
    const [oldest] = this.#silent.size >= mostSilent ? this.#silent : [];
    oldest?.destroy();
    const cut = (): void => void socket.destroy();
    const gone = (): void => void this.#silent.delete(socket);
    this.#silent.add(socket);
    socket.on('error', cut);
    socket.setTimeout(firstByteMs, cut);
    socket.once('close', gone);
    socket.once('end', cut);
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.setTimeout(0);
      socket.removeListener('timeout', cut);
      socket.removeListener('close', gone);
      socket.removeListener('end', cut);
      gone();
      this.#queue(socket, first);
    });
  }

  #queue(socket: Socket, first: Buffer): void {
    const source = sourceOf(socket.remoteAddress);
    if (this.#inside >= this.#limits.mostInside || !this.#waiting.add(source, this.#known.has(source), { socket, first })) return void socket.destroy();
    this.#inside++;
    socket.once('close', () => this.#inside--);
    this.#turn();
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    const waitMs = this.#time.waitMs();
    if (waitMs === 0) setImmediate(() => this.#letIn(this.#limits.perTurn));
    else setTimeout(() => this.#again(), waitMs);
  }

  /** Looks whether there is time now. */
  #again(): void {
    this.#turning = false;
    this.#turn();
  }

  /** The next few who are still there, one after the other. */
  #letIn(more: number): void {
    let next = more > 0 ? this.#waiting.next() : undefined;
    while (next?.socket.destroyed === true) next = this.#waiting.next();
    if (next === undefined) {
      this.#turning = false;
      if (this.#waiting.size > 0) this.#turn();
      return;
    }
    const { socket, first } = next;
    const began = process.threadCpuUsage();
    socket.unshift(first);
    this.#enter(socket, first);
    // Node makes a TLS socket read what is here already in the next tick, which comes before this one: so the handshake is in what is noted.
    process.nextTick(() => {
      socket.resume();
      // Of the processor, not of the clock: where others have the machine, who comes in does not pay for them.
      const { user, system } = process.threadCpuUsage(began);
      this.#time.spent((user + system) / 1000);
      this.#letIn(more - 1);
    });
  }
}
