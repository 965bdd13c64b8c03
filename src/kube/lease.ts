// One of several replicas at a time: a Lease of coordination.k8s.io/v1, by the rules of client-go's leader election. Clocks of others are
// not believed: a lease has run out when *we* have seen it unchanged for its duration.
import { setTimeout as sleep } from 'node:timers/promises';
import { WeftError } from '../base/index.ts';
import type { KubeClient } from './client.ts';
import type { KubeObject, ResourceType } from './resource-type.ts';

export interface LeaseTimes {
  readonly durationMs: number;
  /** A holder that could not renew for so long gives up by itself, before others may take over. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Who we are: different for each replica and each start. */
  readonly identity: string;
  readonly times?: LeaseTimes;
  /** Never jumps, ms. */
  readonly monotonic?: () => number;
  readonly random?: () => number;
}

const LEASES: ResourceType = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true };
/** Defaults of Kubernetes' own controllers. */
const TIMES: LeaseTimes = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };

interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Seen {
  readonly text: string;
  readonly at: number;
}

export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #times: LeaseTimes;
  readonly #monotonic: () => number;
  #seen: Seen | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#times = options.times ?? TIMES;
    this.#monotonic = options.monotonic ?? (() => performance.now());
  }

  /**
   * Until `signal` aborts: each time we hold the lease `lead` runs, with a signal that aborts the moment we may no longer hold it. The
   * next try waits until `lead` has returned. The lease is given back at the end, so that the next one need not wait for it to run out.
   */
  async run(signal: AbortSignal, lead: (held: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      if (await this.#try()) await this.#hold(signal, lead);
      await this.#pause(signal);
    }
  }

  async #hold(signal: AbortSignal, lead: (held: AbortSignal) => Promise<void>): Promise<void> {
    const lost = new AbortController();
    const leading = lead(AbortSignal.any([signal, lost.signal]));
    const over = leading.then(
      () => true,
      () => true,
    );
    let renewed = this.#monotonic();
    while (!signal.aborted && this.#monotonic() - renewed < this.#times.renewDeadlineMs) {
      if (await Promise.race([over, this.#pause(signal).then(() => false)])) break;
      const asked = this.#monotonic();
      if (await this.#try()) renewed = asked;
      else if (this.#holder() !== undefined && this.#holder() !== this.#options.identity) break;
    }
    lost.abort();
    try {
      await leading;
    } finally {
      await this.#release();
    }
  }

  #holder(): string | undefined {
    return this.#seen === undefined ? undefined : ((JSON.parse(this.#seen.text) as LeaseSpec).holderIdentity ?? undefined);
  }

  /** Takes or renews it; false when somebody else has it, or the server cannot be asked. */
  async #try(): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    const now = new Date().toISOString().replace('Z', '000Z');
    const mine = { holderIdentity: identity, leaseDurationSeconds: Math.ceil(this.#times.durationMs / 1000), renewTime: now };
    try {
      const lease = await client.get(LEASES, { namespace, name });
      if (lease === undefined) {
        await client.create(LEASES, { metadata: { namespace, name }, spec: { ...mine, acquireTime: now, leaseTransitions: 0 } });
        return true;
      }
      const spec = (lease['spec'] ?? {}) as LeaseSpec;
      if (spec.holderIdentity !== identity && !this.#ranOut(spec)) return false;
      const taken = spec.holderIdentity === identity ? {} : { acquireTime: now, leaseTransitions: (spec.leaseTransitions ?? 0) + 1 };
      this.#see((await client.replace(LEASES, { ...lease, spec: { ...spec, ...mine, ...taken } }))['spec'] as LeaseSpec);
      return true;
    } catch (error) {
      // Conflict: somebody was faster. Anything else: not ours to hold while nobody can confirm it.
      if (error instanceof WeftError) return false;
      throw error;
    }
  }

  /** Whether nobody holds it, or whoever does has not renewed it for its duration by our clock. */
  #ranOut(spec: LeaseSpec): boolean {
    if (spec.holderIdentity === undefined || spec.holderIdentity === null || spec.holderIdentity === '') return true;
    const before = this.#seen;
    this.#see(spec);
    const durationMs = (spec.leaseDurationSeconds ?? this.#times.durationMs / 1000) * 1000;
    return before !== undefined && before.text === JSON.stringify(spec) && this.#monotonic() - before.at > durationMs;
  }

  #see(spec: LeaseSpec): void {
    const text = JSON.stringify(spec);
    if (this.#seen?.text !== text) this.#seen = { text, at: this.#monotonic() };
  }

  async #release(): Promise<void> {
    const { client, namespace, name, identity } = this.#options;
    try {
      const lease = await client.get(LEASES, { namespace, name });
      const spec = (lease?.['spec'] ?? {}) as LeaseSpec;
      if (lease === undefined || spec.holderIdentity !== identity) return;
      await client.replace(LEASES, { ...lease, spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1 } } as KubeObject);
    } catch (error) {
      // It runs out by itself.
      if (!(error instanceof WeftError)) throw error;
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const jitter = 1 + 0.2 * (this.#options.random ?? Math.random)();
    await sleep(this.#times.retryMs * jitter, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
