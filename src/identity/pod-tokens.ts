// A pod's service account token as a way to open a stream. Its signature is checked against the cluster's keys first, so that nobody can
// make us ask the API server by sending garbage; then the API server says whether it still knows the token. Decision 0031 says what
// holds while it cannot be asked.
import { createHash } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../base/index.ts';
import { proxyIdOf, spiffeId, type TrustDomain, type WorkloadKey, workloadKey } from '../model/index.ts';
import type { ProxyClaims } from './port.ts';

/** What the cluster signs tokens with. */
export interface ClusterKeys {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
}

/** kube's Review, structurally. */
export type PodReview =
  | {
      readonly kind: 'account';
      readonly account: {
        readonly namespace: string;
        readonly serviceAccount: string;
        readonly pod: { readonly name: string; readonly uid: string } | undefined;
      };
    }
  | { readonly kind: 'refused'; readonly words: string };

export interface PodTokensOptions {
  readonly trustDomain: string;
  readonly audience: string;
  readonly clock: Clock;
  /** Rejects when the API server cannot be asked. */
  readonly review: (token: string) => Promise<PodReview>;
  /** Asks the API server for its keys; rejects when it cannot be asked. */
  readonly fetchKeys: () => Promise<ClusterKeys>;
  /** Keys outlive the process: a restart without an API server knows whom to believe. */
  readonly kept: { load(): string | undefined; save(text: string): Promise<void> };
  /** The uid of the pod of that name, as the cluster said last. */
  readonly podUid: (workload: WorkloadKey) => string | undefined;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>) => void;
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'EdDSA'];
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const MAX_BYTES = 8 * 1024;
/** TokenRequest gives an hour; the old tokens that never end are not taken. */
const LONGEST_S = 24 * 3600 + 60;
/** A token that the API server knew so lately is not asked about again: a proxy opens several streams, and all proxies reconnect at once. */
const REVIEWED_MS = 60_000;
/** Signatures that no key of ours made are a reason to look for new keys, and not more often than this. */
const KEYS_EVERY_MS = 10_000;
const MOST_KEPT = 20_000;

/** Who a token says it is for; believed only after signature or review. */
interface Spoken {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: { readonly name: string; readonly uid: string };
  readonly expiresAt: number;
}

interface Known {
  readonly spoken: Spoken;
  readonly reviewedAt: number;
}

export class PodTokens {
  readonly #options: PodTokensOptions;
  /** By the hash of the token: tokens themselves are not kept. */
  readonly #known = new Map<string, Known>();
  #keys: ClusterKeys | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(options: PodTokensOptions) {
    this.#options = options;
    this.#keys = readKeys(options.kept.load());
  }

  /** Whom a pod's token speaks for, or undefined when it is not valid now. Rejects when nobody can say at the moment. */
  async authenticate(token: string): Promise<ProxyClaims | undefined> {
    if (token.length > MAX_BYTES || token.split('.').length !== 3) return undefined;
    const id = createHash('sha256').update(token).digest('base64');
    const known = this.#known.get(id);
    const { clock } = this.#options;
    if (known !== undefined && known.spoken.expiresAt > clock.now() && clock.monotonic() - known.reviewedAt < REVIEWED_MS) return this.#claims(known.spoken);
    const spoken = known?.spoken ?? (await this.#verify(token));
    if (spoken === undefined || spoken.expiresAt <= clock.now()) return undefined;
    return (await this.#stillKnown(token, id, spoken)) ? this.#claims(spoken) : undefined;
  }

  /** Asks the API server; while it cannot be asked, a good signature and the pod in our picture of the cluster are enough. */
  async #stillKnown(token: string, id: string, spoken: Spoken): Promise<boolean> {
    const { review, podUid, log, clock } = this.#options;
    let answer: PodReview;
    try {
      answer = await review(token);
    } catch (error) {
      const workload = workloadKey(spoken.namespace, spoken.pod.name);
      const ours = podUid(workload) === spoken.pod.uid;
      const words = error instanceof Error ? error.message : String(error);
      log('warn', 'the API server cannot be asked about a token: its signature and the pod decide', { workload, known: ours, error: words });
      return ours;
    }
    const { account } = answer.kind === 'account' ? answer : { account: undefined };
    if (account?.namespace === spoken.namespace && account.serviceAccount === spoken.serviceAccount && account.pod?.uid === spoken.pod.uid) {
      this.#known.delete(id);
      this.#known.set(id, { spoken, reviewedAt: clock.monotonic() });
      const oldest = this.#known.keys().next().value;
      if (this.#known.size > MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
      return true;
    }
    this.#known.delete(id);
    const why = answer.kind === 'refused' ? answer.words : 'the API server says another account than the token';
    log('warn', 'a token was refused by the API server', { workload: `${spoken.namespace}/${spoken.pod.name}`, why });
    return false;
  }

  /** The pod of that name may be another one by now: then the token is of one that is gone, and what it holds open ends. */
  #claims({ namespace, serviceAccount, pod, expiresAt }: Spoken): ProxyClaims | undefined {
    const { trustDomain, podUid } = this.#options;
    const workload = workloadKey(namespace, pod.name);
    const replaced = (): boolean => (podUid(workload) ?? pod.uid) !== pod.uid;
    if (replaced()) return undefined;
    const claims = { proxy: proxyIdOf(workload), workload, id: spiffeId(trustDomain as TrustDomain, namespace, serviceAccount), expiresAt };
    return Object.defineProperty(claims, 'expiresAt', { enumerable: true, get: () => (replaced() ? 0 : expiresAt) });
  }

  async #verify(token: string): Promise<Spoken | undefined> {
    const first = await this.#signed(token);
    if (first !== undefined) return first;
    const before = this.#keys;
    await this.#refresh();
    return this.#keys === before ? undefined : await this.#signed(token);
  }

  async #signed(token: string): Promise<Spoken | undefined> {
    const keys = this.#keys;
    if (keys === undefined) return undefined;
    const { audience, clock } = this.#options;
    const options = { algorithms: ALGORITHMS, issuer: keys.issuer, audience, requiredClaims: ['exp', 'iat', 'sub'], currentDate: new Date(clock.now()) };
    try {
      return spokenOf((await jwtVerify(token, createLocalJWKSet(keys.jwks), options)).payload);
    } catch {
      return undefined;
    }
  }

  /** Rejects while there are no keys at all: then nobody can be let in, and nobody be told that they are wrong. */
  async #refresh(): Promise<void> {
    const { clock, fetchKeys, kept, log } = this.#options;
    if (clock.monotonic() - this.#fetchedAt < KEYS_EVERY_MS && this.#keys !== undefined) return;
    const fetch = async (): Promise<void> => {
      try {
        const keys = await fetchKeys();
        this.#fetchedAt = clock.monotonic();
        const text = JSON.stringify(keys);
        if (text === JSON.stringify(this.#keys)) return;
        this.#keys = keys;
        await kept.save(text);
      } catch (error) {
        if (this.#keys === undefined) throw error;
        log('warn', "the cluster's keys for tokens cannot be asked for; the last ones hold", { error: error instanceof Error ? error.message : String(error) });
      }
    };
    this.#fetching ??= fetch().finally(() => {
      this.#fetching = undefined;
    });
    await this.#fetching;
  }
}

function readKeys(text: string | undefined): ClusterKeys | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as ClusterKeys);
}

/** `sub` and the Kubernetes part must say the same, and a pod is named: a token of an account alone is nobody's proxy. */
function spokenOf(payload: JWTPayload): Spoken | undefined {
  const own = (payload['kubernetes.io'] ?? {}) as {
    readonly namespace?: unknown;
    readonly serviceaccount?: { readonly name?: unknown } | null;
    readonly pod?: { readonly name?: unknown; readonly uid?: unknown } | null;
  };
  const { exp = 0, iat = 0, sub } = payload;
  const [namespace, account, pod, uid] = [own.namespace, own.serviceaccount?.name, own.pod?.name, own.pod?.uid];
  if (typeof namespace !== 'string' || typeof account !== 'string' || typeof pod !== 'string' || typeof uid !== 'string') return undefined;
  if (!NAME.test(namespace) || namespace.includes('.') || !NAME.test(account) || !NAME.test(pod)) return undefined;
  if (sub !== `system:serviceaccount:${namespace}:${account}` || exp - iat > LONGEST_S) return undefined;
  return { namespace, serviceAccount: account, pod: { name: pod, uid }, expiresAt: exp * 1000 };
}
