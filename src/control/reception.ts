import type { Clock } from '../base/index.ts';
import type { Resource } from '../envoy/index.ts';
import type { DocumentKey, Mesh } from '../model/index.ts';
import type { ResourceRef } from '../xds/index.ts';
import type { AdsHost } from './ads.ts';
import type { Agenda } from './agenda.ts';
import type { Bundle } from './bundle.ts';
import type { Counters } from './counters.ts';
import { documentsBehind } from './documents.ts';
import { shortWords } from './envoy-words.ts';
import type { Fleet } from './fleet.ts';
import type { Holdings } from './holdings.ts';
import type { Meters } from './meters.ts';
import type { ControlPorts } from './ports.ts';
import { type Claims, ProxyState } from './proxy-state.ts';
import type { Trials } from './trials.ts';
import { accountOf } from './views.ts';

export interface ReceptionOptions {
  readonly mesh: () => Mesh;
  /** The first batch of documents is in force. */
  readonly ready: () => boolean;
  readonly fleet: Fleet;
  readonly trials: Trials;
  readonly bundle: Bundle;
  /** What a proxy's listeners are compiled with, beside the mesh. */
  readonly standing: () => Pick<ProxyState, 'cycle' | 'banned'>;
  readonly holdings: Holdings;
  readonly agenda: Agenda;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly meters: Meters;
  readonly turns: WeakMap<Resource, number>;
  readonly log: ControlPorts['log'];
  readonly restate: (key: DocumentKey) => void;
  /** A proxy runs this resource now. */
  readonly settle: (resource: Resource) => void;
  /** A proxy acknowledged, refused or left: fewer may be behind now. */
  readonly moved: () => void;
  readonly arrived: (state: ProxyState) => void;
}

/** What a proxy that went away had stays compiled for this long: it usually comes back. */
const FORGET_MS = 60_000;

/** Proxies coming, going, and saying what they think of what they were sent. */
export class Reception implements AdsHost {
  readonly #options: ReceptionOptions;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** Deferred to the end of the turn: a verdict rebuilds the mesh and writes to streams, this one included, which is in the middle of a step. */
  acked(state: ProxyState, resources: readonly ResourceRef[]): void {
    queueMicrotask(() => this.#acked(state, resources));
  }

  refused(state: ProxyState, resource: ResourceRef, words: string): void {
    queueMicrotask(() => this.#refused(state, resource, words));
  }

  admit(claims: Claims): ReturnType<AdsHost['admit']> {
    if (!this.#options.ready()) return { refusal: 'unavailable', words: 'the control plane is starting' };
    const why = this.#objection(claims);
    if (why !== undefined) return { refusal: 'unknown-proxy', words: why };
    const known = this.#options.fleet.proxies.get(claims.proxy);
    const state = known ?? new ProxyState(claims, this.#options.turns);
    state.identity = claims.id;
    if (known === undefined) Object.assign(state, this.#options.standing());
    state.forget?.();
    state.forget = undefined;
    if (known === undefined) this.#options.fleet.join(this.#options.mesh(), state);
    this.#options.bundle.giveTo(state);
    this.#restateAll(state);
    this.#options.arrived(state);
    return { state };
  }

  /** Why a proxy has no business here (any more). */
  #objection({ workload, id }: Pick<Claims, 'workload' | 'id'>): string | undefined {
    const found = this.#options.mesh().workloads.get(workload);
    if (found === undefined) return `workload ${workload} is not in the mesh: start it again with weft run`;
    const account = `${found.namespace}/${found.serviceAccount}`;
    if (found.proxy?.node !== undefined) return `workload ${workload} is served by the proxy of its node ${found.proxy.node}, and has none of its own`;
    if (accountOf(id) !== account) return `workload ${workload} belongs to service account ${account}, and the token speaks for ${id}`;
    return undefined;
  }

  /** Ends the stream of a proxy whose workload left or is another account's now. */
  dismiss(state: ProxyState): void {
    const why = this.#objection({ workload: state.workload, id: state.identity });
    if (why === undefined) return;
    state.outlet?.refuse('unknown-proxy', why);
    this.#forget(state);
  }

  /** Ends the streams of proxies that are not welcome any more; how many there were. */
  expel(unwelcome: (proxy: Pick<ProxyState, 'workload' | 'identity'>) => boolean, words: string): number {
    const found = [...this.#options.fleet.proxies.values()].filter(unwelcome);
    for (const state of found) {
      state.outlet?.refuse('unknown-proxy', words);
      this.#forget(state);
    }
    return found.length;
  }

  released(state: ProxyState): void {
    const appointment = this.#options.agenda.at(this.#options.clock.now() + FORGET_MS, () => {
      if (state.outlet === undefined) this.#forget(state);
    });
    state.forget = () => appointment.cancel();
    this.#restateAll(state);
    this.#options.moved();
  }

  #forget(state: ProxyState): void {
    state.forget?.();
    this.#options.trials.forget(state);
    this.#options.fleet.leave(state);
  }

  #acked(state: ProxyState, refs: readonly ResourceRef[]): void {
    state.configuredAt = this.#options.clock.now();
    for (const ref of refs) {
      const resource = state.snapshot()[ref.type].get(ref.name);
      state.refusals.delete(`${ref.type} ${ref.name}`);
      this.#options.trials.accepted(state, ref);
      if (ref.type === 'secret' && state.identities.has(ref.name) && resource?.version === ref.version) this.#settled(state);
      if (resource !== undefined) this.#options.settle(resource);
    }
    this.#options.moved();
  }

  /** It has no certificate of another root any more, under none of its identities. */
  #settled(state: ProxyState): void {
    if (state.certificateAuthority !== '' && state.runsSecrets(state.certificates.keys())) this.#options.holdings.settled(state.id, state.certificateAuthority);
  }

  #refused(state: ProxyState, ref: ResourceRef, words: string): void {
    this.#options.counters.refusals++;
    this.#options.meters.types[ref.type].refusals++;
    const resource = state.snapshot()[ref.type].get(ref.name);
    const at = this.#options.clock.now();
    state.refusals.set(`${ref.type} ${ref.name}`, {
      type: ref.type,
      name: ref.name,
      version: ref.version,
      documents: resource?.origins ?? [],
      words: shortWords(words),
      at,
    });
    this.#options.log('warn', 'a proxy refused a resource', { proxy: state.id, resource: `${ref.type} ${ref.name}`, words: shortWords(words) });
    if (resource !== undefined) this.#restate(resource);
    this.#options.trials.refused(state, ref, words);
    this.#options.moved();
  }

  #restate(resource: Resource): void {
    for (const key of documentsBehind(resource)) this.#options.restate(key);
  }

  /** The number of proxies changed, for every document it has something of. */
  #restateAll(state: ProxyState): void {
    for (const entry of state.group?.entries ?? []) for (const key of entry.documents.keys()) this.#options.restate(key);
  }
}
