import { type Mesh, type ProxyId, proxyOf, type WorkloadKey } from '../model/index.ts';
import type { Touched } from '../xds/index.ts';
import type { Agenda, Appointment } from './agenda.ts';
import type { Bundle } from './bundle.ts';
import type { Fleet } from './fleet.ts';
import type { Held, Holdings } from './holdings.ts';
import type { ControlPorts } from './ports.ts';
import type { ProxyState } from './proxy-state.ts';

/** What a change of roots asks of each proxy: what it trusts, whose certificate it runs, and what it may still have. */
export interface TrustStanding {
  readonly proxy: ProxyId;
  readonly workload: WorkloadKey;
  readonly connected: boolean;
  /** There is a workload for it. */
  readonly registered: boolean;
  readonly trusts: boolean;
  readonly runs: string | undefined;
  readonly holds: Held;
  readonly cycled: boolean;
}

export interface TrustOptions {
  readonly issuer: ControlPorts['issuer'];
  readonly shutOut: ControlPorts['shutOut'];
  readonly clock: ControlPorts['clock'];
  readonly agenda: Agenda;
  readonly fleet: Fleet;
  readonly bundle: Bundle;
  readonly holdings: Holdings;
  readonly mesh: () => Mesh;
}

/** Certificates that are exchanged because the root was are made this far apart, so that no push waits for them. */
const PACE_MS = 3;
const NOBODY: ProxyState['banned'] = [];
/** So many proxies get their listeners in one turn. */
const TURN = 20;

/**
 * Carries out what the authority decides about its roots, and who is banned: other certificates for everybody, who is refused by everybody, listeners that
 * end the connections from before.
 */
export class Trust {
  readonly #options: TrustOptions;
  readonly #off: readonly (() => void)[];
  #issuing: string;
  #cycling: Appointment | undefined;

  constructor(options: TrustOptions) {
    this.#options = options;
    this.#issuing = options.issuer.issuing;
    this.#off = [options.issuer.onBundle(() => this.#changed()), options.shutOut?.onChange(() => this.#cycle()) ?? (() => undefined)];
  }

  close(): void {
    for (const off of this.#off) off();
    this.#cycling?.cancel();
  }

  /** What listeners are compiled with now. */
  get standing(): Pick<ProxyState, 'cycle' | 'banned'> {
    const { issuer, shutOut } = this.#options;
    return { cycle: issuer.cycle + (shutOut?.cuts ?? 0), banned: shutOut?.list() ?? NOBODY };
  }

  /** Every proxy that is connected, registered, or may have a certificate. */
  standings(): readonly TrustStanding[] {
    const { fleet, holdings, clock, mesh } = this.#options;
    holdings.expire(clock.now());
    const { workloads } = mesh();
    const proxies = new Map<ProxyId, WorkloadKey>();
    for (const proxy of holdings.proxies()) proxies.set(proxy, proxy as string as WorkloadKey);
    for (const workload of workloads.values()) if (workload.proxy !== undefined) proxies.set(proxyOf(workload), workload.proxy.node ?? workload.key);
    for (const state of fleet.proxies.values()) if (state.outlet !== undefined) proxies.set(state.id, state.workload);
    return [...proxies.keys()].sort().map((proxy) => this.#standing(proxy, proxies.get(proxy) as WorkloadKey));
  }

  #standing(proxy: ProxyId, workload: WorkloadKey): TrustStanding {
    const { fleet, holdings, bundle, mesh, issuer } = this.#options;
    const state = fleet.proxies.get(proxy);
    const connected = state?.outlet !== undefined;
    const registered = mesh().workloads.get(workload)?.proxy !== undefined;
    const known = { proxy, workload, registered, holds: holdings.of(proxy) };
    if (state === undefined || !connected) return { ...known, connected: false, trusts: false, runs: undefined, cycled: false };
    // Envoy asks for secrets when the first listener or cluster needs them: who has not asked gets those of then.
    const asked = state.outlet?.subscription.types.secret.held;
    const needed = [...state.identities.keys()].filter((name) => asked?.has(name) !== false);
    const runs = state.runsSecrets(needed) && state.certificateAuthority !== '' ? state.certificateAuthority : undefined;
    return {
      ...known,
      connected,
      trusts: bundle.resources.every((anchors) => asked?.has(anchors.name) === false || state.runs(anchors)),
      runs: needed.length === 0 ? issuer.issuing : runs,
      cycled: this.#cycled(state),
    };
  }

  #cycled(state: ProxyState): boolean {
    if (state.cycle !== this.standing.cycle) return false;
    const { listener } = state.snapshot();
    return [...listener.names()].every((name) => {
      const resource = listener.get(name);
      return resource === undefined || state.runs(resource);
    });
  }

  #changed(): void {
    const { issuer, fleet } = this.#options;
    if (issuer.issuing !== this.#issuing) {
      this.#issuing = issuer.issuing;
      let at = 0;
      for (const state of fleet.proxies.values()) state.outlet?.reissue(PACE_MS * at++);
    }
    this.#cycle();
  }

  /** A turn of listeners, and the next one when the others had theirs. */
  #cycle(): void {
    const { fleet, agenda, clock, mesh } = this.#options;
    const { standing } = this;
    this.#cycling?.cancel();
    const behind = [...fleet.proxies.values()].filter((state) => state.cycle !== standing.cycle || state.banned !== standing.banned);
    const moves = new Map<string, Touched>();
    for (const state of behind.slice(0, TURN)) {
      Object.assign(state, standing);
      fleet.proxyChanged(mesh(), state, moves);
    }
    if (behind.length === 0) return;
    fleet.preflight();
    fleet.announce();
    if (behind.length > TURN) this.#cycling = agenda.at(clock.now(), () => this.#cycle());
  }
}
