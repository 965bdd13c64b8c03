import type { Io } from '../io.ts';

const WIDTH = 24;
/** Less than this is over before anybody reads it. */
const WORTHWHILE = 200;

/** How far a long step is, on one line of standard error that is redrawn; only on a terminal, and gone at the end. */
export class Progress {
  readonly #io: Pick<Io, 'err' | 'terminal'>;
  readonly #quiet: boolean;
  #shown = false;

  constructor(io: Pick<Io, 'err' | 'terminal'>, quiet: boolean) {
    this.#io = io;
    this.#quiet = quiet;
  }

  /** A step of which nobody knows how long it takes. */
  say(what: string): void {
    this.#draw(`${what} …`);
  }

  step(what: string, done: number, total: number): void {
    if (total < WORTHWHILE) return;
    const full = Math.round((WIDTH * done) / Math.max(1, total));
    this.#draw(`${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${done} of ${total} ${what}`);
  }

  end(): void {
    if (this.#shown) this.#io.err('\r\x1b[K');
    this.#shown = false;
  }

  #draw(line: string): void {
    if (!this.#io.terminal || this.#quiet) return;
    this.#shown = true;
    this.#io.err(`\r\x1b[K${line}`);
  }
}
