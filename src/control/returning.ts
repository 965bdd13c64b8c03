import type { Clock } from '../base/index.ts';
import type { ProxyId } from '../model/index.ts';

/** Proxies that were there before a restart are waited for this long before their absence is told. */
const SETTLE_MS = 15_000;

/** After a start of the control plane: whether proxies that were there before are still to come back. Until then nothing is said of who is missing. */
export class Returning {
  readonly #clock: Clock;
  readonly #over: () => void;
  #awaited: Set<ProxyId> | undefined;

  /** `over` is called when all came back, or when the wait is over. */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
  }

  get expected(): boolean {
    return this.#awaited !== undefined;
  }

  expect(proxies: readonly ProxyId[]): void {
    if (proxies.length === 0) return;
    this.#awaited = new Set(proxies);
    this.#clock.after(SETTLE_MS, () => this.#end());
  }

  arrived(id: ProxyId): void {
    this.#awaited?.delete(id);
    if (this.#awaited?.size === 0) this.#end();
  }

  #end(): void {
    if (this.#awaited === undefined) return;
    this.#awaited = undefined;
    this.#over();
  }
}
