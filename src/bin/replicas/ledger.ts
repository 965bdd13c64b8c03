// Which certificates are out, with several replicas: each remembers those it gave, and what a replica that is gone had told of its own. What is
// remembered of a proxy ends where another replica knows better, and with its pod.
import type { Clock } from '../../base/index.ts';
import type { ControlPlane } from '../../control/index.ts';
import type { Standing } from '../../identity/index.ts';
import { isMirrored, makeDocumentKey, type ProxyId } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import type { ToldStanding } from './report.ts';

const AREA = 'replicas';
const SINCE = 'since';
/** Others may look at what they were told so long ago; until then a proxy that moved is known at both replicas rather than at none. */
const OVERLAP_MS = 60_000;

export interface LedgerOptions {
  readonly plane: Pick<ControlPlane, 'proxyHolds' | 'proxyLeft' | 'trustStandings' | 'mesh'>;
  readonly store: Pick<Store, 'get' | 'getValue' | 'putValue'>;
  readonly clock: Clock;
}

export class Ledger {
  readonly #options: LedgerOptions;
  /** Proxies that are pods, as seen last. */
  readonly #pods = new Set<ProxyId>();
  /** Proxies that have settled at another replica, and since when (monotonic). */
  readonly #moved = new Map<string, number>();
  #since: number;
  #fresh: boolean;

  constructor(options: LedgerOptions) {
    this.#options = options;
    const kept = options.store.getValue(AREA, SINCE);
    this.#fresh = kept === undefined;
    this.#since = kept === undefined ? options.clock.now() : Number(kept);
    if (this.#fresh) this.#keep();
  }

  /** What was given to proxies is known without a gap since then, epoch ms. */
  get since(): number {
    return this.#since;
  }

  /** Another replica has told how its proxies stand, and since when it knows of all. */
  heard(standings: readonly ToldStanding[], since: number): void {
    // A replica that begins has nothing of its own to know; what was before, the others do.
    if (this.#fresh && since < this.#since) {
      this.#since = since;
      this.#keep();
    }
    this.#fresh = false;
    const now = performance.now();
    const settled = new Set(standings.flatMap(({ proxy, connected, runs }) => (connected && runs !== undefined ? [proxy] : [])));
    for (const { proxy, connected, holds } of this.#options.plane.trustStandings()) {
      if (connected || Object.keys(holds).length === 0) this.#moved.delete(proxy);
      else if (!settled.has(proxy)) continue;
      else if (now - (this.#moved.get(proxy) ?? now) > OVERLAP_MS) {
        this.#moved.delete(proxy);
        this.#options.plane.proxyLeft(proxy);
      } else if (!this.#moved.has(proxy)) this.#moved.set(proxy, now);
    }
  }

  /** A replica is gone that had told this of its proxies. What it gave after that, nobody knows. */
  inherit(standings: readonly ToldStanding[]): void {
    const { plane, clock } = this.#options;
    for (const { proxy, holds } of standings) if (this.#isThere(proxy as ProxyId)) plane.proxyHolds(proxy as ProxyId, holds);
    this.#since = clock.now();
    this.#keep();
  }

  /** Forgets the certificates of pods that are not there any more: they went with them. */
  look(own: readonly Standing[]): void {
    const { plane } = this.#options;
    for (const pod of this.#pods) {
      if (this.#isThere(pod)) continue;
      this.#pods.delete(pod);
      plane.proxyLeft(pod);
    }
    for (const { proxy, registered } of own) if (registered && this.#isPod(proxy as ProxyId)) this.#pods.add(proxy as ProxyId);
  }

  #document(proxy: ProxyId) {
    const [namespace = '', name = ''] = proxy.split('/');
    return this.#options.store.get(makeDocumentKey('weft.dev', 'Workload', namespace, name));
  }

  #isThere(proxy: ProxyId): boolean {
    return this.#document(proxy) !== undefined;
  }

  #isPod(proxy: ProxyId): boolean {
    const document = this.#document(proxy);
    return document !== undefined && isMirrored(document);
  }

  #keep(): void {
    // A note that is lost makes a change of the root wait longer.
    this.#options.store.putValue(AREA, SINCE, String(this.#since)).catch(() => undefined);
  }
}
