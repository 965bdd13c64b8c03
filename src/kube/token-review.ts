// Who is behind a service account's token: only the API server can say (authentication.k8s.io/v1, TokenReview).
import { createHash } from 'node:crypto';
import type { KubeClient } from './client.ts';
import { kubeError } from './errors.ts';
import type { ResourceType } from './resource-type.ts';

const REVIEWS: ResourceType = { group: 'authentication.k8s.io', version: 'v1', plural: 'tokenreviews', kind: 'TokenReview', namespaced: false };

export interface ReviewedAccount {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** The pod that the token is bound to, where it is. */
  readonly pod: { readonly name: string; readonly uid: string } | undefined;
}

export type Review = { readonly kind: 'account'; readonly account: ReviewedAccount } | { readonly kind: 'refused'; readonly words: string };

interface RawStatus {
  readonly authenticated?: boolean;
  readonly error?: string;
  readonly audiences?: readonly string[];
  readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
}

interface Kept {
  readonly review: Review;
  readonly until: number;
}

/** Short enough that a pod that is deleted does not live on here; a refusal is kept shorter, for whoever tries again at once. */
const KEEP_MS = { account: 10_000, refused: 2000 };
const MOST_KEPT = 10_000;

export class TokenReviewer {
  readonly #client: KubeClient;
  readonly #audience: string;
  readonly #now: () => number;
  /** By the hash of the token: tokens themselves are not kept. */
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<Review>>();

  /** `audience`: for whom tokens must be meant; one that is for anybody else is refused. */
  constructor(client: KubeClient, audience: string, now: () => number = Date.now) {
    this.#client = client;
    this.#audience = audience;
    this.#now = now;
  }

  /** Throws WeftError when the API server cannot be asked: that is no refusal, and nothing to let anybody in for. */
  async review(token: string): Promise<Review> {
    const id = createHash('sha256').update(token).digest('base64');
    const kept = this.#kept.get(id);
    if (kept !== undefined && kept.until > this.#now()) return kept.review;
    const asking = this.#asking.get(id) ?? this.#ask(token).finally(() => this.#asking.delete(id));
    this.#asking.set(id, asking);
    const review = await asking;
    this.#keep(id, review);
    return review;
  }

  #keep(id: string, review: Review): void {
    this.#kept.delete(id);
    this.#kept.set(id, { review, until: this.#now() + KEEP_MS[review.kind] });
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  async #ask(token: string): Promise<Review> {
    const answer = await this.#client.create(REVIEWS, { metadata: { name: '' }, spec: { token, audiences: [this.#audience] } });
    const status = answer['status'] as RawStatus | undefined;
    if (status === undefined) throw kubeError('protocol', 'a TokenReview was answered without a status');
    if (status.authenticated !== true) return { kind: 'refused', words: 'the API server does not know this token' };
    // A server that knows no audiences says yes without naming ours.
    if (status.audiences?.includes(this.#audience) !== true) return { kind: 'refused', words: `the token is not for the audience ${this.#audience}` };
    const [, namespace, serviceAccount] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(status.user?.username ?? '') ?? [];
    if (namespace === undefined || serviceAccount === undefined) return { kind: 'refused', words: 'the token is not of a service account' };
    return { kind: 'account', account: { namespace, serviceAccount, pod: podOf(status) } };
  }
}

function podOf({ user }: RawStatus): ReviewedAccount['pod'] {
  const one = (key: string): string | undefined => user?.extra?.[`authentication.kubernetes.io/${key}`]?.[0];
  const [name, uid] = [one('pod-name'), one('pod-uid')];
  return name === undefined || uid === undefined ? undefined : { name, uid };
}
