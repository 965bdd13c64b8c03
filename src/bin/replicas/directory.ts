// Which replicas of the control plane there are: a Lease each, renewed while it lives, with the address where the others ask it. A replica is
// gone for sure when its Lease was taken away, when its name has begun anew, or when its pod is not there any more. One whose Lease has merely run
// out may be cut off from the API server alone, and serve its proxies still: it is `lost`.
import { setTimeout as sleep } from 'node:timers/promises';
import { WeftError } from '../../base/index.ts';
import { type KubeClient, type KubeObject, Reflector, type ResourceType } from '../../kube/index.ts';
import type { Log } from '../logger.ts';

export interface ReplicaTimes {
  readonly durationMs: number;
  readonly renewMs: number;
  /** How long a replica that begins ends no step of a change of the root. Default as for one that is alone. */
  readonly settleMs?: number;
}

export interface DirectoryOptions {
  readonly client: KubeClient;
  /** Its pod's name where there is one; no other replica has it. */
  readonly name: string;
  /** Of this start. */
  readonly identity: string;
  /** Where the others ask it. */
  readonly url: string;
  readonly times?: ReplicaTimes | undefined;
  /** A replica is gone for good. */
  readonly gone: (replica: Replica) => void;
  readonly log: Log;
}

export interface Replica {
  readonly name: string;
  readonly identity: string;
  readonly url: string;
  /** Its Lease is renewed. */
  readonly live: boolean;
}

interface Known {
  readonly name: string;
  readonly identity: string;
  readonly url: string;
  readonly renewed: string;
  /** By our own clock, monotonic. */
  readonly seenAt: number;
}

const LEASES: ResourceType = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true };
const PODS: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const TIMES: ReplicaTimes = { durationMs: 15_000, renewMs: 4000 };
const LABEL = 'weft.dev/replica';
const URL_NOTE = 'weft.dev/api';
const PREFIX = 'weft-replica-';

export class ReplicaDirectory implements AsyncDisposable {
  readonly #options: DirectoryOptions;
  readonly #times: ReplicaTimes;
  readonly #known = new Map<string, Known>();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  #synced = false;

  private constructor(options: DirectoryOptions) {
    this.#options = options;
    this.#times = options.times ?? TIMES;
    this.#running = Promise.all([this.#announce(), this.#follow(), this.#watchOver()]);
  }

  /** Tells of this replica from now on, and follows the others. */
  static open(options: DirectoryOptions): ReplicaDirectory {
    return new ReplicaDirectory(options);
  }

  /** All others have been listed once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** All others that are not gone, by name. */
  others(): readonly Replica[] {
    const now = performance.now();
    return [...this.#known.values()].map(({ name, identity, url, seenAt }) => ({ name, identity, url, live: now - seenAt < this.#times.durationMs }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    const { client, name } = this.#options;
    await client.delete(LEASES, { namespace: client.namespace, name: PREFIX + name }).catch(() => undefined);
  }

  async #announce(): Promise<void> {
    const { client, name, identity, url, log } = this.#options;
    const { signal } = this.#stop;
    const at = { namespace: client.namespace, name: PREFIX + name };
    let failing = false;
    while (!signal.aborted) {
      const now = new Date().toISOString().replace('Z', '000Z');
      const spec = { holderIdentity: identity, leaseDurationSeconds: Math.ceil(this.#times.durationMs / 1000), renewTime: now };
      const metadata = { ...at, labels: { 'app.kubernetes.io/part-of': 'weft', [LABEL]: 'true' }, annotations: { [URL_NOTE]: url } };
      try {
        await client.apply(LEASES, { metadata, spec }, { fieldManager: 'weft-replica', force: true });
        failing = false;
      } catch (error) {
        if (!(error instanceof WeftError)) throw error;
        if (!failing) log('warn', 'the other replicas cannot be told of this one; trying again', { lease: at.name, error: error.message });
        failing = true;
      }
      await this.#pause(this.#times.renewMs);
    }
  }

  #follow(): Promise<void> {
    const { client } = this.#options;
    const sink = {
      put: (_key: string, object: KubeObject): void => this.#seen(object),
      delete: (key: string): void => this.#gone(key.slice(key.indexOf('/') + 1 + PREFIX.length)),
      synced: (): void => {
        this.#synced = true;
      },
      trouble: () => undefined,
    };
    const selection = { namespace: client.namespace, labelSelector: `${LABEL}=true` };
    return new Reflector({ client, type: LEASES, sink, ...selection }).run(this.#stop.signal);
  }

  #seen({ metadata, ...object }: KubeObject): void {
    const name = metadata.name.slice(PREFIX.length);
    if (name === this.#options.name) return;
    const spec = (object['spec'] ?? {}) as { readonly holderIdentity?: string; readonly renewTime?: string };
    const { holderIdentity: identity = '', renewTime: renewed = '' } = spec;
    const before = this.#known.get(name);
    if (before !== undefined && before.identity !== identity) this.#gone(name);
    if (before?.identity === identity && before.renewed === renewed) return;
    this.#known.set(name, { name, identity, url: metadata.annotations?.[URL_NOTE] ?? '', renewed, seenAt: performance.now() });
  }

  #gone(name: string): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    this.#known.delete(name);
    this.#options.gone({ ...known, live: false });
  }

  /** Of those whose Lease has run out: whether their pod is there. Where it is not, what is left of them is taken away. */
  async #watchOver(): Promise<void> {
    const { client, log } = this.#options;
    while (!this.#stop.signal.aborted) {
      await this.#pause(this.#times.durationMs / 3);
      for (const { name, live } of this.others()) {
        if (live || this.#stop.signal.aborted) continue;
        try {
          const pod = await client.get(PODS, { namespace: client.namespace, name });
          if (pod !== undefined || this.others().find((each) => each.name === name)?.live !== false) continue;
          this.#gone(name);
          log('info', 'a replica of the control plane is gone', { replica: name });
          await client.delete(LEASES, { namespace: client.namespace, name: PREFIX + name });
        } catch (error) {
          if (!(error instanceof WeftError)) throw error;
        }
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
  }
}
