// What `/weft/v1/ca` says of the mesh's roots, and of the change from one to another.

export interface CaRootView {
  readonly name: string;
  /** SHA-256 of the certificate's DER, lower-case hexadecimal. */
  readonly fingerprint: string;
  readonly subject: string;
  /** Epoch ms. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** `trusted` alone: accepted from peers and not issued from. */
  readonly state: 'issuing' | 'trusted' | 'dropped';
  /** `here` = this control plane has the root's own key; `elsewhere` = only that of an issuer below it. */
  readonly key: 'here' | 'elsewhere';
  /** What signs leaves below it: until when, epoch ms; 0 when the root does so itself. */
  readonly issuerNotAfter: number;
}

export interface StragglerView {
  readonly proxy: string;
  /** What is missing, in words. */
  readonly reason: string;
  readonly connected: boolean;
  /** Epoch ms when it stops mattering by itself; 0 = never. */
  readonly until: number;
  /** Somebody said that it is not to be waited for. */
  readonly skipped: boolean;
}

export interface RotationView {
  readonly from: string;
  readonly to: string;
  /** 1 to 4. */
  readonly step: number;
  readonly phase: 'trusting' | 'issuing' | 'dropping' | 'cycling';
  /** What the step does. */
  readonly words: string;
  readonly startedAt: number;
  readonly phaseSince: number;
  readonly paused: boolean;
  readonly undoing: boolean;
  /** Proxies that have done what the step asks, of those it asks. */
  readonly done: number;
  readonly total: number;
  readonly stragglers: readonly StragglerView[];
}

export interface CaView {
  readonly trustDomain: string;
  readonly roots: readonly CaRootView[];
  readonly leafLifetimeMs: number;
  /** The change that is under way. */
  readonly rotation?: RotationView;
  /** What a change that is not begun would wait for; only where it was asked for (`dryRun`). */
  readonly rehearsal?: RehearsalView;
}

export interface RehearsalView {
  readonly connected: number;
  /** Away, with certificates that hold: a change waits for them until then at the latest. */
  readonly away: readonly StragglerView[];
  /** There, and not as they should be: a change would wait until they are. */
  readonly blocked: readonly StragglerView[];
  /** How long it waits at most for those that are away. */
  readonly longestMs: number;
}

/** Body of POST /weft/v1/ca/rotate and /resume. */
export interface RotationRequest {
  readonly dryRun?: boolean;
  /** Not waited for. */
  readonly skip?: readonly string[];
  /** Goes on past everybody who is waited for at this moment. */
  readonly force?: boolean;
  /** To a root of another authority: a chain that ends with it, and the first certificate's key, PEM. */
  readonly chainPem?: string;
  readonly keyPem?: string;
}
