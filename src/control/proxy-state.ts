import type { Diagnostic, Origin } from '../base/index.ts';
import * as compile from '../compile/index.ts';
import type { Resource, ResourceType } from '../envoy/index.ts';
import type { ProxyId, SpiffeId, WorkloadKey } from '../model/index.ts';
import type { Snapshot, Subscription, Touched } from '../xds/index.ts';
import { Acceptance } from './acceptance.ts';
import { NOTHING_SEEN, type Sight } from './patching.ts';
import { type Layer, SharedSet, snapshotOf, TouchedNames } from './resource-sets.ts';
import type { ScopeGroup } from './scope-group.ts';

/** Whom the token of a stream speaks for. */
export interface Claims {
  readonly proxy: ProxyId;
  readonly workload: WorkloadKey;
  readonly id: SpiffeId;
  readonly expiresAt: number;
}

/** Whom a certificate is for. Workloads of one identity that one proxy serves share theirs, which is the first one's. */
export interface Holder {
  readonly identity: SpiffeId;
  readonly workload: WorkloadKey;
}

export interface ProxyRefusal {
  readonly type: ResourceType;
  readonly name: string;
  readonly version: string;
  readonly documents: readonly Origin[];
  readonly words: string;
  readonly at: number;
}

/** What a proxy's stream is to its state: told when there is something new, asked how far it is. */
export interface Outlet {
  readonly subscription: Subscription;
  /** Something was touched; sends now, or when there is room. */
  changed(): void;
  /** Gives it another certificate after `delayMs`. */
  reissue(delayMs: number): void;
  /** Ends the stream with a status and words. */
  refuse(code: 'unknown-proxy' | 'unavailable', words: string): void;
}

const EMPTY: Layer = {};

/** What the control plane keeps of one proxy: mostly references to what is shared. */
export class ProxyState {
  readonly id: ProxyId;
  readonly workload: WorkloadKey;
  readonly acceptance: Acceptance;
  readonly refusals = new Map<string, ProxyRefusal>();
  identity: SpiffeId;
  /** What its workload is; set when it joins. */
  role: compile.Proxy['role'] = 'sidecar';
  /** Workloads that it serves; of a node those that it has proved. */
  serves: readonly WorkloadKey[];
  /** Of a node: the identities of those, by name of the secret. */
  servedIdentities: ReadonlyMap<string, Holder> = new Map();
  envoyVersion = '';
  group: ScopeGroup | undefined;
  own: Layer = EMPTY;
  /** As compiled; differs from `own` only where a resource is held back. */
  ownCompiled: readonly Resource[] = [];
  ownDiagnostics: readonly Diagnostic[] = [];
  /** ProxyPatches for it, in the order in which they are applied. */
  patches: readonly compile.PatchDocument[] = [];
  /** Lays them over what it would hold otherwise; undefined while there are none. */
  overlay: ((base: Snapshot) => Snapshot) | undefined;
  sight: Sight = NOTHING_SEEN;
  /** By type and name: the patches that were applied to it last. */
  readonly vetted = new Map<string, readonly compile.PatchDocument[]>();
  outlet: Outlet | undefined;
  configuredAt = 0;
  /** Certificates that it was given, by name of the secret. */
  readonly certificates = new Map<string, { readonly authority: string; readonly notAfter: number }>();
  /** How often connections were ended when its listeners were compiled last. */
  cycle = 0;
  /** Who was banned then. */
  banned: readonly compile.Banned[] = [];
  /** Ends the time for which the state of a proxy that went away is kept. */
  forget: (() => void) | undefined;
  readonly #touched = new TouchedNames();
  #secrets: SharedSet = SharedSet.empty;
  #snapshot: Snapshot | undefined;

  constructor(claims: Claims, turns: WeakMap<Resource, number>) {
    this.id = claims.proxy;
    this.workload = claims.workload;
    this.identity = claims.id;
    this.serves = [claims.workload];
    this.acceptance = new Acceptance(turns);
  }

  get proxy(): compile.Proxy {
    return { id: this.id, role: this.role, serves: this.serves, envoyVersion: this.envoyVersion, cycle: this.cycle, banned: this.banned };
  }

  /** Whose certificates it holds, by name of the secret. A node has none of its own. */
  get identities(): ReadonlyMap<string, Holder> {
    return this.role === 'node' ? this.servedIdentities : new Map([[compile.WORKLOAD_SECRET, { identity: this.identity, workload: this.workload }]]);
  }

  /** When the first of its certificates ends, epoch ms; 0 without. */
  get certificateNotAfter(): number {
    const ends = [...this.certificates.values()].map(({ notAfter }) => notAfter);
    return ends.length === 0 ? 0 : Math.min(...ends);
  }

  /** Name of the root that all of its certificates are of; empty when they are of several, or there is none. */
  get certificateAuthority(): string {
    const [first = '', ...others] = new Set([...this.certificates.values()].map(({ authority }) => authority));
    return others.length === 0 ? first : '';
  }

  /** It runs everything that it was given under these names. */
  runsSecrets(names: Iterable<string>): boolean {
    return [...names].every((name) => {
      const secret = this.secret(name);
      return secret !== undefined && this.runs(secret);
    });
  }

  /** All it should hold now. */
  snapshot(): Snapshot {
    if (this.#snapshot !== undefined) return this.#snapshot;
    const base = this.unpatched();
    this.#snapshot = this.overlay?.(base) ?? base;
    return this.#snapshot;
  }

  /** All it would hold if nothing were patched. */
  unpatched(): Snapshot {
    return snapshotOf({ ...this.own, ...(this.#secrets.size > 0 ? { secret: this.#secrets } : {}) }, this.group?.layer ?? EMPTY);
  }

  setSecret(name: string, secret: Resource | undefined): void {
    this.#secrets = this.#secrets.with(new Map([[name, secret]]));
    this.touch({ secret: new Set([name]) });
  }

  secret(name: string): Resource | undefined {
    return this.#secrets.get(name);
  }

  /** These names may be different now. Call `announce` when all is said. */
  touch(touched: Touched): void {
    this.#snapshot = undefined;
    this.#touched.merge(touched);
  }

  get dirty(): boolean {
    return !this.#touched.empty;
  }

  takeTouched(): Touched {
    return this.#touched.take();
  }

  /** Tells the stream, if there is one and something is to be told. */
  announce(): void {
    if (this.dirty) this.outlet?.changed();
  }

  /** Does the proxy run exactly this version? False while a response with it is unanswered. */
  runs(resource: Pick<Resource, 'type' | 'name' | 'version'>): boolean {
    return this.outlet !== undefined && runs(this.outlet.subscription, resource);
  }

  refused(type: ResourceType, name: string): ProxyRefusal | undefined {
    return this.refusals.get(`${type} ${name}`);
  }
}

function runs(subscription: Subscription, { type, name, version }: Pick<Resource, 'type' | 'name' | 'version'>): boolean {
  if (subscription.types[type].held.get(name) !== version) return false;
  return !subscription.inFlight.some((sent) => sent.type === type && sent.resources.some((resource) => resource.name === name));
}
