import type { Socket } from 'node:net';

export interface DoorLimits {
  /** How long a connection may say nothing before it is ended. */
  readonly firstByteMs: number;
  /** Connections that have said nothing yet; one more ends the oldest of them, so that who speaks at once always gets in. */
  readonly mostSilent: number;
  /** Connections that have spoken; one more is ended. */
  readonly mostInside: number;
  /** How many come in before the process looks after everything else again: a handshake costs it a millisecond. */
  readonly perTurn: number;
}

export const DEFAULT_DOOR_LIMITS: DoorLimits = { firstByteMs: 10_000, mostSilent: 1_000, mostInside: 20_000, perTurn: 4 };

/** What a connection said first, put back into it. */
export type Enter = (socket: Socket, first: Buffer) => void;

/**
 * In front of a listener: connections are let in when they have said something, a few at a time. Those that say nothing cost a
 * descriptor and no handshake, there are never many of them, and they keep nobody out.
 */
export class Door {
  readonly #limits: DoorLimits;
  readonly #enter: Enter;
  /** In the order in which they came. */
  readonly #silent = new Set<Socket>();
  readonly #waiting: { readonly socket: Socket; readonly first: Buffer }[] = [];
  #inside = 0;
  #turning = false;

  constructor(enter: Enter, limits: Partial<DoorLimits> = {}) {
    this.#enter = enter;
    this.#limits = { ...DEFAULT_DOOR_LIMITS, ...limits };
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
    if (this.#inside >= this.#limits.mostInside) return void socket.destroy();
    this.#inside++;
    socket.once('close', () => this.#inside--);
    this.#waiting.push({ socket, first });
    this.#turn();
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      for (const { socket, first } of this.#waiting.splice(0, this.#limits.perTurn)) {
        if (socket.destroyed) continue;
        socket.unshift(first);
        this.#enter(socket, first);
        process.nextTick(() => socket.resume());
      }
      if (this.#waiting.length > 0) this.#turn();
    });
  }
}
