import { join } from 'node:path';
import type { Clock } from '../base/index.ts';
import type { SpiffeId, WorkloadKey } from '../model/index.ts';
import { type Anchor, BACKDATE_MS, issuerIsOld, pemOf } from './anchor.ts';
import { anchorExists, keepSupplied, loadAnchor, makeAnchor, removeKeys } from './anchor-files.ts';
import { type CaState, firstState, readState, writeState } from './ca-state.ts';
import { identityError } from './errors.ts';
import type { Svid } from './port.ts';
import { makePrivateDirectory, type PrivateFiles } from './private-file.ts';
import { recheck } from './recheck.ts';
import { type Reign, reignOf } from './rotation.ts';
import { serialMark } from './serial.ts';
import { type KeptCertificate, keepServerCertificate } from './server-certificate.ts';
import { certificatePem, generateKey, keyPem, signCertificate, spkiOf } from './sign.ts';
import { readSupplied, type SuppliedText } from './supplied.ts';
import { serverTemplate, svidTemplate, type Template } from './template.ts';

const DAY_MS = 24 * 3600 * 1000;
const SERVER_LIFETIME_MS = 30 * DAY_MS;

export interface AuthorityOptions {
  /** The control plane's data directory; roots and state are in `ca/` below it. */
  readonly directory: string;
  readonly trustDomain: string;
  readonly clock: Clock;
  /** How files with keys are read and written; default as they are, 0600. */
  readonly files?: PrivateFiles;
  /** Default 24 h. A function, when it follows the mesh's configuration: asked for every certificate. */
  readonly leafLifetimeMs?: number | (() => number);
  /** A chain and key of another authority, to sign with instead of a root of its own. */
  readonly supplied?: SuppliedText;
}

export interface ServerCertificate extends KeptCertificate {
  /** Leaf, what stands between, and root: a client that knows only the root's fingerprint finds the root here. */
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly notAfter: number;
}

/** The mesh's certificate authority. Fits control's `Issuer`. Holds the keys of its roots in memory and nothing else; leaves are not kept. */
export class Authority {
  /** True when the root was made by this start. */
  readonly created: boolean;
  readonly #options: AuthorityOptions;
  readonly #anchors = new Map<string, Anchor>();
  readonly #listeners = new Set<() => void>();
  #state: CaState;

  private constructor(options: AuthorityOptions, state: CaState, anchors: readonly Anchor[], created: boolean) {
    this.#options = options;
    this.#state = state;
    this.created = created;
    for (const anchor of anchors) this.#anchors.set(anchor.name, anchor);
  }

  /** Loads the roots, or makes the first. Throws WeftError with file and remedy when what is on disk, or was supplied, cannot be used. */
  static open(options: AuthorityOptions): Authority {
    const { clock, trustDomain, supplied } = options;
    const ca = join(options.directory, 'ca');
    const now = clock.now();
    makePrivateDirectory(ca);
    const state = readState(ca) ?? firstState(now);
    const created = !anchorExists(ca) && readState(ca) === undefined;
    const given = supplied === undefined ? undefined : readSupplied(supplied, trustDomain, now);
    const anchors = state.anchors.map(({ name, folder }) => {
      const place = { name, folder: join(ca, folder), trustDomain, keys: options.files };
      if (created) return given === undefined ? makeAnchor(place, now) : keepSupplied(place, given, now);
      const anchor = loadAnchor(place, now);
      const renewed =
        given !== undefined && pemOf(given.root) === pemOf(anchor.root) && pemOf(given.between[0] ?? given.root) !== pemOf(anchor.signing.certificate);
      return renewed ? keepSupplied(place, given, now) : anchor;
    });
    if (given !== undefined && !anchors.some(({ root }) => pemOf(root) === pemOf(given.root))) {
      throw identityError(
        'ca-unusable',
        'this mesh has another root already, and a root is not exchanged by a restart: start without --ca-cert and --ca-key, and change the root with `weft ca rotate --ca-cert … --ca-key …`',
      );
    }
    return new Authority(options, state, anchors, created);
  }

  get trustDomain(): string {
    return this.#options.trustDomain;
  }

  /** The root that the control plane itself shows: what a machine recognises it by. */
  get rootFingerprint(): string {
    return this.#anchor(this.#reign.serving).fingerprint;
  }

  get rootNotAfter(): number {
    return this.#anchor(this.#reign.serving).root.validToDate.getTime();
  }

  /** Fingerprints of all roots that are trusted now, the one that the control plane shows first. */
  get fingerprints(): readonly string[] {
    const { serving, trusted } = this.#reign;
    return [serving, ...trusted.filter((name) => name !== serving)].map((name) => this.#anchor(name).fingerprint);
  }

  /** The root that signs new certificates, by its name in the state. */
  get issuing(): string {
    return this.#reign.issuing;
  }

  /** How often a root was dropped. */
  get cycle(): number {
    return this.#state.cycle;
  }

  get state(): CaState {
    return this.#state;
  }

  get anchors(): readonly Anchor[] {
    return [...this.#anchors.values()];
  }

  /** A new key and X.509-SVID for a workload of this trust domain, whose serial says for which. Throws `bad-identity` for any other ID. */
  async issue(id: SpiffeId, workload?: WorkloadKey): Promise<Svid & { readonly version: string; readonly authority: string }> {
    const lifetime = this.#options.leafLifetimeMs ?? DAY_MS;
    const anchor = this.#fresh(this.#reign.issuing);
    const mark = workload === undefined ? {} : { serialMark: serialMark(workload) };
    const leaf = this.#leaf(anchor, typeof lifetime === 'number' ? lifetime : lifetime(), (validity) => ({
      ...svidTemplate(id, this.trustDomain, validity),
      ...mark,
    }));
    const { renewAt, notAfter } = leaf;
    return { id, ...leaf, version: anchor.seal.seal(id, { renewAt, notAfter }), authority: anchor.name };
  }

  /** What a version says that the root that issues now gave to this identity; undefined when expired or of another root: then a new one is due. */
  held(id: SpiffeId, version: string): { readonly notAfter: number; readonly renewAt: number } | undefined {
    const statement = this.#anchor(this.#reign.issuing).seal.open(id, version);
    return statement === undefined || statement.notAfter <= this.#options.clock.now() ? undefined : statement;
  }

  /** The trust anchors as PEM, the one that the control plane shows first. */
  bundle(): string {
    const { serving, trusted } = this.#reign;
    return [serving, ...trusted.filter((name) => name !== serving)].map((name) => pemOf(this.#anchor(name).root)).join('');
  }

  /** Told when the trust anchors, who issues, or the cycle changes. */
  onBundle(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => void this.#listeners.delete(callback);
  }

  /** A certificate for the control plane's own TLS: `names` are DNS names and IP addresses. */
  serverCertificate(names: readonly string[]): ServerCertificate {
    const anchor = this.#fresh(this.#reign.serving);
    const leaf = this.#leaf(anchor, SERVER_LIFETIME_MS, (validity) => serverTemplate(names, validity));
    return { ...leaf, certificatePem: leaf.certificatePem + pemOf(anchor.root), authority: anchor.name };
  }

  /** Hands out a new server certificate when the old one ends, or its root is dropped, until the returned function is called. The first is the caller's to fetch. */
  keepServerCertificate(names: readonly string[], first: ServerCertificate, renewed: (certificate: ServerCertificate) => void): () => void {
    const make = (): ServerCertificate => {
      const next = this.serverCertificate(names);
      renewed(next);
      return next;
    };
    return keepServerCertificate({ clock: this.#options.clock, first, make, serving: () => this.#reign.serving, onChange: (told) => this.onBundle(told) });
  }

  /** Makes another root, or keeps one that was supplied, without any effect yet. Returns its name; the state is the caller's to change. */
  addAnchor(supplied: SuppliedText | undefined): Anchor {
    const { clock, directory } = this.#options;
    const now = clock.now();
    const name = String(1 + Math.max(0, ...[...this.#state.anchors, ...this.#state.retired].map((each) => Number(each.name))));
    const place = { name, folder: join(directory, 'ca', name), trustDomain: this.trustDomain, keys: this.#options.files };
    const given = supplied === undefined ? undefined : readSupplied(supplied, this.trustDomain, now);
    const known = given === undefined ? undefined : this.anchors.find(({ root }) => pemOf(root) === pemOf(given.root));
    if (known !== undefined) throw identityError('ca-unusable', 'that root is trusted already: give a chain that ends with another one');
    // What an attempt left that was not noted down is nobody's.
    removeKeys(place.folder);
    const anchor = given === undefined ? makeAnchor(place, now) : keepSupplied(place, given, now);
    this.#anchors.set(name, anchor);
    return anchor;
  }

  /** Takes back a root that was made and is not in the state: nobody was told of it. */
  forgetAnchor(name: string): void {
    if (this.#state.anchors.some((each) => each.name === name)) return;
    this.#anchors.delete(name);
    removeKeys(join(this.#options.directory, 'ca', name));
  }

  /** Puts a state in force that another replica has decided on. The keys of its roots are in the folder. Throws as `open` does when they cannot be used. */
  adopt(state: CaState): void {
    const { clock, directory, files } = this.#options;
    const known = new Set(this.#state.anchors.map(({ name }) => name));
    const loaded = state.anchors
      .filter(({ name }) => !known.has(name))
      .map(({ name, folder }) => loadAnchor({ name, folder: join(directory, 'ca', folder), trustDomain: this.trustDomain, keys: files }, clock.now()));
    for (const anchor of loaded) this.#anchors.set(anchor.name, anchor);
    this.setState(state);
  }

  /** Puts a state in force: on disk first, then told to everybody. Keys of roots that it does not list any more are removed. */
  setState(state: CaState): void {
    const ca = join(this.#options.directory, 'ca');
    const gone = this.#state.anchors.filter(({ name }) => !state.anchors.some((each) => each.name === name));
    writeState(ca, state);
    this.#state = state;
    for (const { name, folder } of gone) {
      this.#anchors.delete(name);
      removeKeys(join(ca, folder));
    }
    for (const told of [...this.#listeners]) told();
  }

  get #reign(): Reign {
    return reignOf(this.#state.current, this.#state.rotation);
  }

  #anchor(name: string): Anchor {
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) throw new Error(`no root ${name}`);
    return anchor;
  }

  /** The anchor, with another issuer when the one it has is old. */
  #fresh(name: string): Anchor {
    const anchor = this.#anchor(name);
    const now = this.#options.clock.now();
    if (!issuerIsOld(anchor, now)) return anchor;
    const folder = this.#state.anchors.find((each) => each.name === name)?.folder ?? '.';
    const { directory, files } = this.#options;
    const next = loadAnchor({ name, folder: join(directory, 'ca', folder), trustDomain: this.trustDomain, keys: files }, now);
    this.#anchors.set(name, next);
    return next;
  }

  #leaf(anchor: Anchor, lifetimeMs: number, templateOf: (validity: { notBefore: number; notAfter: number }) => Template) {
    const now = this.#options.clock.now();
    const template = templateOf({ notBefore: now - BACKDATE_MS, notAfter: Math.min(now + lifetimeMs, anchor.notAfter) });
    const key = generateKey();
    const spki = spkiOf(key);
    const der = signCertificate(template, spki, anchor.signer);
    const faults = recheck(der, { template, spki, issuer: { certificate: anchor.signing.certificate, keyId: anchor.signer.keyId } });
    if (faults.length > 0) throw identityError('recheck-failed', `a certificate is not as it should be and was not given out: ${faults.join('; ')}`);
    const { notBefore, notAfter } = template;
    return { certificatePem: certificatePem(der) + anchor.chainPem, keyPem: keyPem(key), notBefore, notAfter, renewAt: renewAt(now, notAfter) };
  }
}

/** Half of what is left, ± 10 %, so that a fleet that started together does not renew together. */
function renewAt(now: number, notAfter: number): number {
  return Math.floor(now + ((notAfter - now) / 2) * (0.9 + Math.random() * 0.2));
}
