// This control plane among its replicas: what it tells them, and what is true of all of them together.
import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { CONTROL_PLANE_NAME } from '../../api/index.ts';
import { type Clock, WeftError } from '../../base/index.ts';
import type { ControlPlane, Machines } from '../../control/index.ts';
import type { Authority, Standing } from '../../identity/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { type DocumentKey, makeDocumentKey } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import { openPeerClient, type PeerClient } from '../../wire/index.ts';
import { standingsOf } from '../ca.ts';
import type { Log } from '../logger.ts';
import { type Replica, ReplicaDirectory, type ReplicaTimes } from './directory.ts';
import { Exchange, FRESH_MS, type Heard } from './exchange.ts';
import { Ledger } from './ledger.ts';
import { matters, type ReplicaReport, toldOf } from './report.ts';
import { joinedStandings, type ToldReplica } from './standings.ts';

export interface ReplicasOptions {
  readonly client: KubeClient;
  readonly plane: ControlPlane;
  readonly store: Store;
  readonly authority: Authority;
  readonly leafLifetimeMs: () => number;
  /** The administrator's token, which all replicas share. */
  readonly token: () => string;
  /** The pod's name; absent outside of one. */
  readonly pod?: string | undefined;
  readonly times?: ReplicaTimes | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export type Leasing = Pick<Machines, 'trusts' | 'leased' | 'leases' | 'takeOver'>;

export const bundleHash = (bundle: string): string => createHash('sha256').update(bundle).digest('base64url');

/** Pods come and go; what they had goes with them. */
const LOOK_MS = 5000;
/** Who asks a question waits no longer for another replica. */
const ASK_MS = 3000;
const QUIET = { connected: false, registered: false, trusts: false, reaches: true, runs: undefined, holds: {}, cycled: false } as const;

export class Replicas implements AsyncDisposable {
  readonly #options: ReplicasOptions;
  readonly #name: string;
  readonly #identity = randomUUID();
  readonly #clients = new Map<string, PeerClient>();
  readonly #ledger: Ledger;
  #machines: Leasing | undefined;
  #directory: ReplicaDirectory | undefined;
  #exchange: Exchange | undefined;
  #maps = '';
  #looking: NodeJS.Timeout | undefined;

  constructor(options: ReplicasOptions) {
    this.#options = options;
    this.#name = options.pod ?? `${hostname()}-${this.#identity.slice(0, 8)}`.toLowerCase();
    this.#ledger = new Ledger(options);
  }

  /** As others call this one. */
  get name(): string {
    return this.#name;
  }

  /** From now on the others can ask this one at `url`, and are asked. */
  begin(url: string, machines: Leasing): void {
    const { client, plane, authority, times, log } = this.#options;
    this.#machines = machines;
    const directory = ReplicaDirectory.open({
      ...{ client, name: this.#name, identity: this.#identity, url, times, log },
      gone: (replica) => this.#gone(replica),
    });
    this.#directory = directory;
    this.#exchange = Exchange.open({
      others: () => directory.others(),
      client: (at) => this.clientOf(at),
      hurry: () => authority.state.rotation !== undefined,
      told: (heard) => {
        plane.talliesOf(heard.replica.name, heard.report.tallies);
        if (heard.report.standings !== undefined) this.#ledger.heard(heard.standings, heard.report.since);
        this.#machines?.takeOver((key) => this.leasedElsewhere(key));
      },
      log,
    });
    this.#looking = setInterval(() => this.#own(this.#roots()), LOOK_MS).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#looking);
    await this.#exchange?.[Symbol.asyncDispose]();
    await this.#directory?.[Symbol.asyncDispose]();
  }

  /** All others that are not gone. */
  others(): readonly Replica[] {
    return this.#directory?.others() ?? [];
  }

  /** Asks another replica as its administrator. */
  clientOf(url: string): PeerClient {
    const { authority, token } = this.#options;
    const known = this.#clients.get(url) ?? openPeerClient({ url, serverName: CONTROL_PLANE_NAME, rootPem: () => authority.bundle(), token: token() });
    this.#clients.set(url, known);
    return known;
  }

  /** Answers of all others to a GET, and who did not answer in time. */
  async ask(path: string): Promise<{ readonly answers: readonly { readonly replica: string; readonly body: unknown }[]; readonly silent: readonly string[] }> {
    const all = await Promise.all(
      this.#asked().map(async ({ name, url }) => {
        const body = await this.clientOf(url)
          .json({ path, deadlineMs: ASK_MS })
          .catch((error: unknown) => {
            if (!(error instanceof WeftError)) throw error;
            return undefined;
          });
        return { replica: name, body };
      }),
    );
    return { answers: all.filter(({ body }) => body !== undefined), silent: all.flatMap(({ replica, body }) => (body === undefined ? [replica] : [])) };
  }

  /** Lines of a stream of each other; one that cannot be had, or breaks off, ends. */
  lines(path: string, signal: AbortSignal): readonly AsyncIterable<unknown>[] {
    return this.#asked().map(({ name, url }) => this.#linesOf(name, this.clientOf(url).lines({ path, deadlineMs: ASK_MS, signal })));
  }

  async *#linesOf(name: string, lines: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    try {
      yield* lines;
    } catch (error) {
      this.#options.log('info', 'a stream of another replica has ended', { replica: name, why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Those that are thought to live. */
  #asked(): readonly Replica[] {
    return this.others().filter((replica) => replica.live || this.#isFresh(this.#exchange?.of(replica)?.at ?? Number.NEGATIVE_INFINITY));
  }

  /** The ConfigMaps with trust anchors have these in every namespace; '' where not. */
  mapsKept(bundle: string): void {
    this.#maps = bundle === '' ? '' : bundleHash(bundle);
  }

  /** What the others are told. */
  report({ tallied, standings }: { readonly tallied: number; readonly standings: boolean }): ReplicaReport {
    const { plane, authority } = this.#options;
    const { tallies, turn } = plane.talliesSince(tallied);
    return {
      identity: this.#identity,
      authority: authority.state.revision ?? 0,
      since: this.#ledger.since,
      maps: this.#maps,
      ...(standings ? { standings: this.#own(this.#roots()).filter(matters).map(toldOf) } : {}),
      leases: [...(this.#machines?.leases ?? [])],
      tallies,
      tallied: turn,
    };
  }

  /** What the rotator is told of proxies: of all replicas, and of those that have to be waited for themselves. */
  standings(roots: readonly string[]): readonly Standing[] {
    const { authority, clock, leafLifetimeMs, store } = this.#options;
    const own = this.#own(roots);
    const madeAt = (proxy: string): number | undefined => {
      const [namespace = '', name = ''] = proxy.split('/');
      const made = store.get(makeDocumentKey('weft.dev', 'Workload', namespace, name))?.metadata.creationTimestamp;
      return made === undefined ? undefined : Date.parse(made);
    };
    const others = this.others().map((replica) => this.#told(replica));
    const since = Math.max(this.#ledger.since, ...this.others().map((replica) => this.#exchange?.of(replica)?.report.since ?? 0));
    const gap = { since, leafLifetimeMs: leafLifetimeMs(), roots: authority.state.anchors.map(({ name }) => name) };
    const joined = joinedStandings({ own, others, gap, madeAt, now: clock.now() });
    return [...joined, ...this.#waitedFor()];
  }

  /** Another replica keeps the lease of this workload. */
  leasedElsewhere(key: DocumentKey): boolean {
    return this.others().some((replica) => {
      const heard = this.#exchange?.of(replica);
      return heard !== undefined && (replica.live || this.#isFresh(heard.at)) && heard.report.leases.includes(key);
    });
  }

  #own(roots: readonly string[]): readonly Standing[] {
    const machines = this.#machines;
    if (machines === undefined) return [];
    const own = standingsOf(this.#options.plane, machines, roots);
    this.#ledger.look(own);
    return own;
  }

  #roots(): readonly string[] {
    const { authority } = this.#options;
    const { rotation } = authority.state;
    const next = rotation === undefined ? undefined : authority.anchors.find(({ name }) => name === rotation.to);
    return next === undefined ? authority.fingerprints : [next.fingerprint];
  }

  #isFresh(at: number): boolean {
    return performance.now() - at < FRESH_MS;
  }

  #told(replica: Replica): ToldReplica {
    const heard = this.#exchange?.of(replica);
    const name = `${this.#options.client.namespace}/${replica.name}`;
    const revision = this.#options.authority.state.revision ?? 0;
    const told = heard !== undefined && heard.authority === revision && this.#isFresh(heard.standingsAt);
    return { name, told, standings: heard?.standings ?? [] };
  }

  /** What is no proxy: the list of the others, and whoever tells namespaces the roots. */
  #waitedFor(): readonly Standing[] {
    const { client, authority } = this.#options;
    const unlisted = this.#directory?.synced !== true;
    const wanted = bundleHash(authority.bundle());
    const told = [this.#maps, ...this.others().map((replica) => this.#exchange?.of(replica)?.report.maps ?? '')].includes(wanted);
    return [
      ...(unlisted ? [{ ...QUIET, proxy: `${client.namespace}/others`, instead: 'replica' as const }] : []),
      ...(told || authority.state.rotation === undefined ? [] : [{ ...QUIET, proxy: `${client.namespace}/weft-trust`, instead: 'maps' as const }]),
    ];
  }

  #gone(replica: Replica): void {
    const { plane, log } = this.#options;
    const heard: Heard | undefined = this.#exchange?.forget(replica);
    plane.talliesOf(replica.name, undefined);
    this.#ledger.inherit(heard?.standings ?? []);
    log('info', 'another replica of the control plane has ended', { replica: replica.name, proxies: heard?.standings.length ?? 0 });
  }
}
