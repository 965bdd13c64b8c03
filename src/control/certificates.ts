import type { Clock } from '../base/index.ts';
import { emitLeaf } from '../compile/index.ts';
import type { Resource, ResourceName, Version } from '../envoy/index.ts';
import type { SpiffeId, WorkloadKey } from '../model/index.ts';
import type { Agenda, Appointment } from './agenda.ts';
import { wordsOf } from './errors.ts';
import type { Holdings } from './holdings.ts';
import type { ControlPorts } from './ports.ts';
import type { Holder, ProxyState } from './proxy-state.ts';

const LONGEST_RETRY_MS = 30_000;
/** Certificates begin so much before they are made. */
const SKEW_MS = 60_000;

export interface CertificateOptions {
  readonly issuer: ControlPorts['issuer'];
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly holdings: Holdings;
  readonly log: ControlPorts['log'];
  /** 0 ≤ n < 1; spreads renewals, so that a fleet that started together does not renew together. */
  readonly random: () => number;
}

/**
 * The certificate of one stream: issued when the proxy has none, recognised when it still holds one that a control plane gave
 * it, renewed at half its life. Only the secret changes then, so no connection notices. The key lives as long as the stream.
 */
export class StreamCertificate {
  readonly #options: CertificateOptions;
  readonly #state: ProxyState;
  readonly #name: string;
  readonly #identity: SpiffeId;
  readonly #workload: WorkloadKey;
  readonly #renewed: () => void;
  #renewal: Appointment | undefined;
  #cancelRetry: (() => void) | undefined;
  #retryMs = 500;
  #closed = false;
  #issuing: Promise<void> | undefined;

  /** `renewed` is told of every certificate that nobody waited for. */
  constructor(state: ProxyState, { name, holder, ...options }: CertificateOptions & { readonly name: string; readonly holder: Holder }, renewed: () => void) {
    this.#name = name;
    this.#identity = holder.identity;
    this.#workload = holder.workload;
    this.#renewed = renewed;
    this.#state = state;
    this.#options = options;
  }

  /** There is a certificate, given or recognised. */
  get known(): boolean {
    return this.#state.secret(this.#name) !== undefined;
  }

  /** True when this version is one that is still good: nothing is sent then, and renewal is planned. */
  recognise(version: string): boolean {
    const held = this.#options.issuer.held(this.#identity, version);
    if (held === undefined) return false;
    this.#state.setSecret(this.#name, placeholder(this.#name, version));
    this.#note(this.#options.issuer.issuing, held.notAfter);
    if (this.#state.certificateAuthority !== '') this.#options.holdings.settled(this.#state.id, this.#state.certificateAuthority);
    this.#plan(held.renewAt, Number.NEGATIVE_INFINITY);
    return true;
  }

  /** Issues a certificate and puts it into the snapshot. Resolves when it is there, or when trying was put off; never rejects. */
  issue(): Promise<void> {
    this.#issuing ??= this.#issue().finally(() => {
      this.#issuing = undefined;
    });
    return this.#issuing;
  }

  /** Another one, of the root that issues now, after `delayMs`. */
  reissue(delayMs: number): void {
    const { agenda, clock } = this.#options;
    this.#renewal?.cancel();
    this.#renewal = agenda.at(clock.now() + delayMs, () => void this.#renew());
  }

  /** `replaced`: another one takes its place, so what the proxy has stays until then. */
  close(replaced = false): void {
    this.#closed = true;
    this.#renewal?.cancel();
    this.#cancelRetry?.();
    if (!replaced) this.#state.setSecret(this.#name, undefined);
  }

  async #issue(): Promise<void> {
    const { issuer, clock, log } = this.#options;
    this.#cancelRetry?.();
    try {
      let svid = await issuer.issue(this.#identity, this.#workload);
      // the root was changed while this one was on its way
      while (svid.authority !== issuer.issuing && !this.#closed) svid = await issuer.issue(this.#identity, this.#workload);
      if (this.#closed) return;
      this.#retryMs = 500;
      const version = svid.version as Version;
      this.#state.setSecret(this.#name, emitLeaf({ certificatePem: svid.certificatePem, keyPem: svid.keyPem, version, name: this.#name }));
      this.#note(svid.authority, svid.notAfter);
      this.#plan(svid.renewAt, clock.now() - SKEW_MS);
    } catch (error) {
      if (this.#closed) return;
      log('error', 'a certificate could not be issued; trying again', { proxy: this.#state.id, identity: this.#identity, error: wordsOf(error) });
      this.#cancelRetry = clock.after(this.#retryMs, () => void this.#renew());
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  async #renew(): Promise<void> {
    await this.issue();
    if (!this.#closed) this.#renewed();
  }

  #note(authority: string, notAfter: number): void {
    this.#state.certificates.set(this.#name, { authority, notAfter });
    this.#options.holdings.given(this.#state.id, authority, notAfter);
  }

  /** A certificate that begins after `now` is of no use either: a clock that was set back makes another one due. */
  #plan(renewAt: number, begins: number): void {
    const { agenda, clock, random } = this.#options;
    this.#renewal?.cancel();
    // Up to a tenth of the time that is left until then earlier, never later.
    const early = Math.max(0, renewAt - clock.now()) * 0.1 * random();
    this.#renewal = agenda.at(renewAt - early, () => void this.#renew(), begins);
  }
}

/** Stands for a certificate that the proxy has and we do not. It has no bytes: who needs them gets a new certificate. */
function placeholder(name: string, version: string): Resource {
  return { type: 'secret', name: name as ResourceName, version: version as Version, body: [], origins: [] };
}

export function isPlaceholder(resource: Resource): boolean {
  return resource.type === 'secret' && resource.body.length === 0;
}
