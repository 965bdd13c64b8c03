// What the other replicas say, asked for again and again. What a replica said last is kept until it is gone for sure; what certificates its proxies
// may have is then ours to remember.
import { setTimeout as sleep } from 'node:timers/promises';
import { WeftError } from '../../base/index.ts';
import type { PeerClient } from '../../wire/index.ts';
import type { Log } from '../logger.ts';
import type { Replica } from './directory.ts';
import type { ReplicaReport, ToldStanding } from './report.ts';

export interface ExchangeOptions {
  readonly others: () => readonly Replica[];
  readonly client: (url: string) => PeerClient;
  /** What was asked for is needed now, and not in a while. */
  readonly hurry: () => boolean;
  /** Somebody has told something. */
  readonly told: (heard: Heard) => void;
  readonly log: Log;
}

/** What is known of another replica by its own words. */
export interface Heard {
  readonly replica: Replica;
  readonly report: ReplicaReport;
  /** The standings that it told last, with what was in force there then. */
  readonly standings: readonly ToldStanding[];
  /** Revision of the authority's state when it told them. */
  readonly authority: number;
  /** When it told anything, and when standings, monotonic. */
  readonly at: number;
  readonly standingsAt: number;
}

const LOOK_MS = 500;
const CALM_MS = 5000;
const DEADLINE_MS = 5000;
/** What was told longer ago says nothing of now. */
export const FRESH_MS = 4000;

export class Exchange implements AsyncDisposable {
  readonly #options: ExchangeOptions;
  readonly #heard = new Map<string, Heard>();
  readonly #unheard = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  static open(options: ExchangeOptions): Exchange {
    return new Exchange(options);
  }

  /** What this replica said; undefined when it has never answered in this start of its. */
  of({ name, identity }: Replica): Heard | undefined {
    const heard = this.#heard.get(name);
    return heard?.replica.identity === identity ? heard : undefined;
  }

  /** Takes what is known of a replica out. */
  forget({ name }: Replica): Heard | undefined {
    const heard = this.#heard.get(name);
    this.#heard.delete(name);
    return heard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      for (const replica of this.#options.others()) if (!this.#busy.has(replica.name)) void this.#ask(replica);
      await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #ask(replica: Replica): Promise<void> {
    const before = this.of(replica);
    const now = performance.now();
    const standings = before === undefined || this.#options.hurry() || now - before.standingsAt > CALM_MS;
    this.#busy.add(replica.name);
    try {
      const path = `/weft/v1/replica?tallied=${before?.report.tallied ?? 0}${standings ? '&standings=true' : ''}`;
      const report = (await this.#options.client(replica.url).json({ path, deadlineMs: DEADLINE_MS, signal: this.#stop.signal })) as ReplicaReport;
      if (report.identity !== replica.identity || this.#stop.signal.aborted) return;
      const heard: Heard = {
        replica,
        report,
        at: now,
        ...(report.standings === undefined && before !== undefined
          ? { standings: before.standings, authority: before.authority, standingsAt: before.standingsAt }
          : { standings: report.standings ?? [], authority: report.authority, standingsAt: now }),
      };
      this.#heard.set(replica.name, heard);
      this.#unheard.delete(replica.name);
      this.#options.told(heard);
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      if (!this.#stop.signal.aborted && !this.#unheard.has(replica.name))
        this.#options.log('warn', 'another replica of the control plane does not answer', { replica: replica.name, error: error.message });
      this.#unheard.add(replica.name);
    } finally {
      this.#busy.delete(replica.name);
    }
  }
}
