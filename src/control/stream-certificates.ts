// The certificates of one stream: one in a sidecar, in the proxy of a node one for each identity that it serves.
import type { DeltaRequest } from '../xds/index.ts';
import { type CertificateOptions, StreamCertificate } from './certificates.ts';
import type { ProxyState } from './proxy-state.ts';

/** Follows the identities of the proxy: one that is not served any more is taken back when it is looked at next, one for another workload is replaced. */
export class StreamCertificates {
  readonly #state: ProxyState;
  readonly #options: CertificateOptions;
  readonly #renewed: () => void;
  readonly #held = new Map<string, { readonly certificate: StreamCertificate; readonly workload: string }>();
  #closed = false;

  /** `renewed` is told of every certificate that nobody waited for. */
  constructor(state: ProxyState, options: CertificateOptions, renewed: () => void) {
    this.#state = state;
    this.#options = options;
    this.#renewed = renewed;
  }

  /** Every identity has one, given or recognised. */
  get known(): boolean {
    return [...this.#state.identities.keys()].every((name) => this.#of(name)?.known === true);
  }

  /** May a request for secrets be answered? Recognises certificates that the proxy still holds, so that it gets no others. */
  knownFor({ subscribe, initialVersions }: DeltaRequest): boolean {
    let known = true;
    for (const name of this.#state.identities.keys()) {
      const certificate = this.#of(name);
      if (certificate === undefined || certificate.known) continue;
      const version = initialVersions.get(name);
      if (version !== undefined && certificate.recognise(version)) continue;
      if (version !== undefined || subscribe.includes(name)) known = false;
    }
    return known;
  }

  /** Issues those that are missing, and those named. Resolves when they are there, or when trying was put off; never rejects. */
  async issue(names: Iterable<string> = []): Promise<void> {
    const again = new Set(names);
    const wanted = [...this.#state.identities.keys()].flatMap((name) => {
      const certificate = this.#of(name);
      return certificate === undefined || (certificate.known && !again.has(name)) ? [] : [certificate];
    });
    await Promise.all(wanted.map((certificate) => certificate.issue()));
  }

  /** Others, of the root that issues now, after `delayMs`. Those that the proxy has not got yet are of that root anyway. */
  reissue(delayMs: number): void {
    for (const { certificate } of this.#held.values()) if (certificate.known) certificate.reissue(delayMs);
  }

  /** Takes back what is of nobody any more. */
  look(): void {
    const { identities } = this.#state;
    for (const [name, { certificate, workload }] of this.#held) {
      const holder = identities.get(name);
      if (holder?.workload === workload) continue;
      this.#held.delete(name);
      // the next one takes the place of the one before when it is there
      const replaced = holder === undefined ? undefined : this.#of(name)?.issue();
      certificate.close(replaced !== undefined);
      if (replaced === undefined) this.#state.certificates.delete(name);
      else void replaced.then(() => this.#renewed());
    }
  }

  close(): void {
    this.#closed = true;
    for (const { certificate } of this.#held.values()) certificate.close();
  }

  #of(name: string): StreamCertificate | undefined {
    const holder = this.#state.identities.get(name);
    if (holder === undefined || this.#closed) return undefined;
    const known = this.#held.get(name);
    if (known !== undefined) return known.certificate;
    const certificate = new StreamCertificate(this.#state, { ...this.#options, name, holder }, this.#renewed);
    this.#held.set(name, { certificate, workload: holder.workload });
    return certificate;
  }
}
