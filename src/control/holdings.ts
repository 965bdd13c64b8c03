import type { ProxyId } from '../model/index.ts';

/** Until when certificates hold that a proxy may have (epoch ms), by the root that they are of. */
export type Held = Readonly<Record<string, number>>;

/** Remembers across restarts who may have what: a proxy that is cut off from the control plane alone still serves its peers. */
export interface HoldingStore {
  load(): ReadonlyMap<ProxyId, Held>;
  save(proxy: ProxyId, held: Held | undefined): Promise<void>;
}

/** In memory only: for a control plane that changes no roots. */
export const NO_STORE: HoldingStore = { load: () => new Map(), save: async () => {} };

/**
 * Which certificates are out, for the change of a root: nobody may be left with one that nobody trusts any more. A proxy has what it was given
 * until it has acknowledged another, its certificate has ended, or its workload was ended in order.
 */
export class Holdings {
  readonly #store: HoldingStore;
  readonly #held: Map<ProxyId, Held>;

  constructor(store: HoldingStore) {
    this.#store = store;
    this.#held = new Map(store.load());
  }

  of(proxy: ProxyId): Held {
    return this.#held.get(proxy) ?? {};
  }

  proxies(): Iterable<ProxyId> {
    return this.#held.keys();
  }

  /** A certificate is on its way to the proxy. */
  given(proxy: ProxyId, authority: string, notAfter: number): void {
    this.#set(proxy, { ...this.of(proxy), [authority]: notAfter });
  }

  /** The proxy runs a certificate of this root, and no other any more. */
  settled(proxy: ProxyId, authority: string): void {
    const notAfter = this.of(proxy)[authority];
    if (notAfter === undefined || Object.keys(this.of(proxy)).length === 1) return;
    this.#set(proxy, { [authority]: notAfter });
  }

  /** The proxy is gone for good. */
  forget(proxy: ProxyId): void {
    if (this.#held.has(proxy)) this.#set(proxy, undefined);
  }

  /** Forgets certificates that have ended. */
  expire(now: number): void {
    for (const [proxy, held] of this.#held) {
      const left = Object.entries(held).filter(([, notAfter]) => notAfter > now);
      if (left.length < Object.keys(held).length) this.#set(proxy, left.length === 0 ? undefined : Object.fromEntries(left));
    }
  }

  #set(proxy: ProxyId, held: Held | undefined): void {
    if (held === undefined) this.#held.delete(proxy);
    else this.#held.set(proxy, held);
    // what cannot be written now is written with the next certificate; a lost note makes a rotation wait longer, or names one proxy less
    this.#store.save(proxy, held).catch(() => {});
  }
}
