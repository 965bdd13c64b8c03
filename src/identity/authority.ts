import type { Clock } from '../base/index.ts';
import type { SpiffeId } from '../model/index.ts';
import { fingerprintOf } from '../wire/index.ts';
import { identityError } from './errors.ts';
import type { Svid } from './port.ts';
import type { PrivateFiles } from './private-file.ts';
import { recheck } from './recheck.ts';
import { BACKDATE_MS, openRoot, type Root } from './root.ts';
import { certificatePem, generateKey, keyIdOf, keyPem, nameOf, type Signer, signCertificate, spkiOf } from './sign.ts';
import { type Seal, sealOf } from './statement.ts';
import { serverTemplate, svidTemplate, type Template, type Validity } from './template.ts';

const DAY_MS = 24 * 3600 * 1000;
const SERVER_LIFETIME_MS = 30 * DAY_MS;

export interface AuthorityOptions {
  /** The control plane's data directory; the root is in `ca/` below it. */
  readonly directory: string;
  readonly trustDomain: string;
  readonly clock: Clock;
  /** How files with keys are read and written; default as they are, 0600. */
  readonly files?: PrivateFiles;
  /** Default 24 h. A function, when it follows the mesh's configuration: asked for every certificate. */
  readonly leafLifetimeMs?: number | (() => number);
}

export interface ServerCertificate {
  /** Leaf and root: a client that knows only the root's fingerprint finds the root here. */
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly notAfter: number;
  readonly renewAt: number;
}

/** The mesh's certificate authority. Fits control's `Issuer`. Holds the root's key in memory and nothing else; leaves are not kept. */
export class Authority {
  readonly rootFingerprint: string;
  readonly rootNotAfter: number;
  /** True when the root was made by this start. */
  readonly created: boolean;
  readonly #root: Root;
  readonly #signer: Signer;
  readonly #seal: Seal;
  readonly #options: AuthorityOptions;

  private constructor(root: Root, options: AuthorityOptions) {
    const keyId = keyIdOf(spkiOf(root.key));
    this.#root = root;
    this.#options = options;
    this.#seal = sealOf(root.key, keyId);
    this.#signer = { key: root.key, name: nameOf(/CN=(.*)/.exec(root.certificate.subject)?.[1] ?? ''), keyId };
    this.rootFingerprint = fingerprintOf(root.pem);
    this.rootNotAfter = root.certificate.validToDate.getTime();
    this.created = root.created;
  }

  /** Loads the root, or makes it. Throws WeftError with file and remedy when what is on disk cannot be used. */
  static open(options: AuthorityOptions): Authority {
    return new Authority(openRoot(options.directory, options.trustDomain, options.clock.now(), options.files), options);
  }

  /** A new key and X.509-SVID for a workload of this trust domain. Throws `bad-identity` for any other ID. */
  async issue(id: SpiffeId): Promise<Svid & { readonly version: string }> {
    const lifetime = this.#options.leafLifetimeMs ?? DAY_MS;
    const validity = this.#validity(typeof lifetime === 'number' ? lifetime : lifetime());
    const leaf = this.#leaf(svidTemplate(id, this.#options.trustDomain, validity));
    const statement = { renewAt: this.#renewAt(leaf.notAfter), notAfter: leaf.notAfter };
    return { id, ...leaf, ...statement, version: this.#seal.seal(id, statement) };
  }

  /** What a version says that this authority, or one before it with the same root, gave to this identity; undefined when expired or not ours. */
  held(id: SpiffeId, version: string): { readonly notAfter: number; readonly renewAt: number } | undefined {
    const statement = this.#seal.open(id, version);
    return statement === undefined || statement.notAfter <= this.#options.clock.now() ? undefined : statement;
  }

  /** The trust anchors as PEM. */
  bundle(): string {
    return this.#root.pem;
  }

  /** Called when the trust anchors change. There is one root and it does not change while the process runs. */
  onBundle(_callback: () => void): () => void {
    return () => {};
  }

  /** A certificate for the control plane's own TLS: `names` are DNS names and IP addresses. */
  serverCertificate(names: readonly string[]): ServerCertificate {
    const leaf = this.#leaf(serverTemplate(names, this.#validity(SERVER_LIFETIME_MS)));
    return { ...leaf, certificatePem: leaf.certificatePem + this.#root.pem, renewAt: this.#renewAt(leaf.notAfter) };
  }

  /** Hands out a new server certificate before the old one ends, until the returned function is called. The first is the caller's to fetch. */
  keepServerCertificate(names: readonly string[], first: ServerCertificate, renewed: (certificate: ServerCertificate) => void): () => void {
    let cancel = (): void => {};
    const schedule = (current: ServerCertificate): void => {
      // A timer holds at most 24.8 days: look again every day at the latest.
      const wait = Math.min(DAY_MS, Math.max(0, current.renewAt - this.#options.clock.now()));
      cancel = this.#options.clock.after(wait, () => {
        if (this.#options.clock.now() < current.renewAt) return schedule(current);
        const next = this.serverCertificate(names);
        renewed(next);
        schedule(next);
      });
    };
    schedule(first);
    return () => cancel();
  }

  #leaf(template: Template): { readonly certificatePem: string; readonly keyPem: string; readonly notAfter: number } {
    const key = generateKey();
    const spki = spkiOf(key);
    const der = signCertificate(template, spki, this.#signer);
    const faults = recheck(der, { template, spki, issuer: { certificate: this.#root.certificate, keyId: this.#signer.keyId } });
    if (faults.length > 0) throw identityError('recheck-failed', `a certificate is not as it should be and was not given out: ${faults.join('; ')}`);
    return { certificatePem: certificatePem(der), keyPem: keyPem(key), notAfter: template.notAfter };
  }

  #validity(lifetimeMs: number): Validity {
    const now = this.#options.clock.now();
    return { notBefore: now - BACKDATE_MS, notAfter: Math.min(now + lifetimeMs, this.rootNotAfter) };
  }

  /** Half of what is left, ± 10 %, so that a fleet that started together does not renew together. */
  #renewAt(notAfter: number): number {
    const now = this.#options.clock.now();
    return Math.floor(now + ((notAfter - now) / 2) * (0.9 + Math.random() * 0.2));
  }
}
