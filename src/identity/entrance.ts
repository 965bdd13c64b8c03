import { err, ok, type Result } from '../base/index.ts';
import { JOIN_TOKEN } from './attest/join-token/index.ts';
import type { Attestor, Refusal } from './attest/port.ts';
import type { AttestLimit } from './attest-limit.ts';
import { type Bans, banWords } from './bans.ts';
import type { JoinGrant, ProxyClaims } from './port.ts';
import type { Tokens } from './tokens.ts';

export interface EntranceOptions {
  readonly tokens: Pick<Tokens, 'issueProxy' | 'authenticate' | 'authenticateLapsed'>;
  readonly attestors: readonly Attestor[];
  /** Who else's tokens open a stream: pods'. */
  readonly pods?: { authenticate(token: string): Promise<ProxyClaims | undefined> };
  readonly bans: Bans;
  readonly limit: AttestLimit;
}

/** The one door: whoever joins, renews or opens a stream comes by here. Fits control's `MachineTokens` and `ProxyAuthenticator`. */
export class Entrance {
  readonly #options: EntranceOptions;
  readonly #attestors: ReadonlyMap<string, Attestor>;

  constructor(options: EntranceOptions) {
    this.#options = options;
    this.#attestors = new Map(options.attestors.map((attestor) => [attestor.name, attestor]));
  }

  /** False when this peer tries too often. To be asked before anything of a Join is looked at. */
  admit(peer: string): boolean {
    return this.#options.limit.take(peer);
  }

  /** A Join went well: with a join token it does not count, since an administrator made that for it. */
  joined(peer: string, attestor: string = JOIN_TOKEN): void {
    if (attestor === JOIN_TOKEN) this.#options.limit.giveBack(peer);
  }

  async verifyJoin(evidence: string, attestor: string = JOIN_TOKEN): Promise<Result<JoinGrant, Refusal>> {
    const found = this.#attestor(attestor);
    return found.ok ? this.#welcome(await found.value.verify(evidence)) : found;
  }

  async redeemJoin(evidence: string, attestor: string = JOIN_TOKEN): Promise<Result<JoinGrant, Refusal>> {
    const found = this.#attestor(attestor);
    return found.ok ? this.#welcome(await found.value.redeem(evidence)) : found;
  }

  /** Why this workload may not come in although its evidence is good. */
  refusal(namespace: string, workload: string, serviceAccount: string): string | undefined {
    const ban = this.#options.bans.of(namespace, workload, serviceAccount);
    return ban === undefined ? undefined : banWords(ban);
  }

  issueProxy(claims: Omit<ProxyClaims, 'expiresAt'>): ReturnType<Tokens['issueProxy']> {
    return this.#options.tokens.issueProxy(claims);
  }

  /** Whom a proxy token speaks for; nobody when that one is banned. What it says ends with a ban, too: streams that look at `expiresAt` end then. */
  async authenticate(token: string): Promise<ProxyClaims | undefined> {
    const { tokens, pods } = this.#options;
    return this.#unbanned((await tokens.authenticate(token)) ?? (await pods?.authenticate(token)));
  }

  /** The same for renewing, with a token that may have expired. */
  async authenticateLapsed(token: string): Promise<ProxyClaims | undefined> {
    return this.#unbanned(await this.#options.tokens.authenticateLapsed(token));
  }

  #unbanned(claims: ProxyClaims | undefined): ProxyClaims | undefined {
    if (claims === undefined) return undefined;
    const [namespace = '', workload = ''] = claims.workload.split('/');
    const account = claims.id.slice(claims.id.lastIndexOf('/') + 1);
    const { bans } = this.#options;
    const banned = (): boolean => bans.of(namespace, workload, account) !== undefined;
    return banned() ? undefined : Object.defineProperty({ ...claims }, 'expiresAt', { enumerable: true, get: () => (banned() ? 0 : claims.expiresAt) });
  }

  #attestor(name: string): Result<Attestor, Refusal> {
    const found = this.#attestors.get(name);
    if (found !== undefined) return ok(found);
    const others = [...this.#attestors.keys()].join(', ');
    return err({ code: 'unknown-attestor', message: `this control plane has no attestor "${name}"; it has ${others} (weft up --attestors FILE)` });
  }

  #welcome(result: Result<JoinGrant, Refusal>): Result<JoinGrant, Refusal> {
    if (!result.ok) return result;
    const ban = this.#options.bans.of(result.value.namespace, undefined, result.value.serviceAccount);
    return ban === undefined ? result : err({ code: 'banned', message: banWords(ban) });
  }
}
