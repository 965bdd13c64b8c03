// Small values that are true of the whole mesh, in Secret `weft-shared`: who is banned, users' tokens, join tokens that were used. A value is
// there before it is acknowledged, so no replica's disk is needed for it; every replica has a copy in its own store, and reads that.
import { createHash } from 'node:crypto';
import { WeftError } from '../../base/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { Store } from '../../store/index.ts';
import type { Log } from '../logger.ts';
import { SharedSecret, type Texts } from './shared-secret.ts';

export const SHARED_SECRET = 'weft-shared';
/** Areas of the store whose values all replicas share. */
export const SHARED_AREAS: ReadonlySet<string> = new Set([
  'bans',
  'ban-cuts',
  'evictions',
  'user-tokens',
  'join-tokens',
  'epoch',
  'aws-instances',
  'node-workloads',
]);
/** A Secret holds a MiB, and what is kept there is base64. */
const MOST_BYTES = 700_000;
const OWN = 'replicas';
const LISTED = 'shared-values';
const FULL = { retryable: false, grpc: 8, http: 507 } as const;
const AWAY = { retryable: true, grpc: 14, http: 503 } as const;

type Values = Pick<Store, 'getValue' | 'listValues' | 'putValue' | 'claimValue'>;

interface Entry {
  readonly area: string;
  readonly key: string;
  readonly value: string;
}

export interface SharedValuesOptions {
  readonly client: KubeClient;
  /** Where the copies are. */
  readonly store: Values;
  readonly log: Log;
}

/** Keys of a Secret are short and plain; which value it is, stands in it. */
const nameOf = (area: string, key: string): string => `${area}.${createHash('sha256').update(key).digest('hex').slice(0, 40)}`;
/** Counts changes, so that what is told late does not take back what was told before. */
const TURN = 'turn';
const turnOf = (texts: Texts): number => Number(texts[TURN] ?? 0);
const textOf = (entry: Entry): string => JSON.stringify([entry.key, entry.value]);

function entriesOf(texts: Texts): ReadonlyMap<string, Entry> {
  return new Map(
    Object.entries(texts).flatMap(([name, text]) => {
      const area = name.slice(0, Math.max(0, name.lastIndexOf('.')));
      if (!SHARED_AREAS.has(area)) return [];
      const [key, value] = JSON.parse(text) as [string, string];
      return [[name, { area, key, value }] as const];
    }),
  );
}

export class SharedValues implements AsyncDisposable {
  readonly #options: SharedValuesOptions;
  readonly #secret: SharedSecret;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(areas: ReadonlySet<string>) => void>();
  /** Copies are written one after the other, in the order in which the server said them. */
  #taking: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  #turn = 0;

  private constructor(options: SharedValuesOptions) {
    this.#options = options;
    this.#secret = new SharedSecret(options.client, SHARED_SECRET);
  }

  /** Has what the others have when it resolves; where the API server cannot be asked, what was there last. */
  static async open(options: SharedValuesOptions): Promise<SharedValues> {
    const values = new SharedValues(options);
    try {
      await values.#begin();
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      options.log('warn', 'what replicas share cannot be read; what was known last holds', { secret: SHARED_SECRET, error: error.message });
    }
    values.#following = values.#secret.follow((texts) => values.#told(texts), values.#stop.signal);
    return values;
  }

  /** Told the areas in which another replica has changed something. Returns how to stop. */
  onChange(told: (areas: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(told);
    return () => void this.#listeners.delete(told);
  }

  /** In force at all replicas a moment after it resolves. Rejects with `not-shared` when the API server does not take it: then it is in force nowhere. */
  async put(area: string, key: string, value: string | undefined): Promise<void> {
    const name = nameOf(area, key);
    await this.#change((texts) => {
      const { [name]: _before, ...others } = texts;
      return value === undefined ? others : { ...others, [name]: textOf({ area, key, value }) };
    });
  }

  /** Of any number of replicas that claim it at once, one succeeds. */
  async claim(area: string, key: string, value: string): Promise<boolean> {
    const name = nameOf(area, key);
    let claimed = false;
    await this.#change((texts) => {
      claimed = texts[name] === undefined;
      return claimed ? { ...texts, [name]: textOf({ area, key, value }) } : undefined;
    });
    return claimed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#taking;
  }

  /** What a replica knew before values were shared is shared by its first start; afterwards the Secret alone says what there is. */
  async #begin(): Promise<void> {
    const { store } = this.#options;
    const own = store.getValue(OWN, LISTED) === undefined ? this.#texts() : {};
    await this.#change((before) => {
      const added = Object.keys(own).some((name) => before[name] === undefined);
      return added || turnOf(before) === 0 ? { ...own, ...before } : undefined;
    });
    await store.putValue(OWN, LISTED, 'true');
  }

  async #change(edit: (texts: Texts) => Texts | undefined): Promise<void> {
    const checked = (found: Texts): Texts | undefined => {
      // Somebody took the Secret away: what was in it is what is known.
      const texts = turnOf(found) === 0 ? { ...this.#texts(), ...found } : found;
      const edited = edit(texts);
      const after = edited === undefined ? undefined : { ...edited, [TURN]: String(Math.max(this.#turn, turnOf(texts)) + 1) };
      const bytes = Object.entries(after ?? {}).reduce((sum, [name, text]) => sum + name.length + Buffer.byteLength(text), 0);
      if (bytes > MOST_BYTES && bytes > Object.values(texts).join('').length)
        throw new WeftError('shared-full', FULL, `${this.#secret.place} is full: lift bans or revoke tokens that are not needed any more`);
      return after;
    };
    try {
      await this.#take(await this.#secret.change(checked));
    } catch (error) {
      if (!(error instanceof WeftError) || error.code === 'shared-full') throw error;
      throw new WeftError('not-shared', AWAY, `${this.#secret.place} cannot be written, and without that the other replicas would not know: ${error.message}`, {
        cause: error,
      });
    }
  }

  #told(texts: Texts | undefined): void {
    if (texts !== undefined) void this.#take(texts);
    else if (!this.#stop.signal.aborted)
      this.#change((known) => known).catch((error: unknown) => {
        const words = error instanceof Error ? error.message : String(error);
        this.#options.log('error', 'the Secret that replicas share is gone, and cannot be made again yet', { secret: this.#secret.place, error: words });
      });
  }

  #texts(): Texts {
    return Object.fromEntries([...this.#copies()].map(([name, entry]) => [name, textOf(entry)]));
  }

  #copies(): Map<string, Entry> {
    const found = [...SHARED_AREAS].flatMap((area) => [...this.#options.store.listValues(area)].map(([key, value]) => ({ area, key, value })));
    return new Map(found.map((entry) => [nameOf(entry.area, entry.key), entry]));
  }

  #take(texts: Texts): Promise<void> {
    if (turnOf(texts) < this.#turn) return this.#taking;
    this.#turn = turnOf(texts);
    this.#taking = this.#taking
      .then(() => this.#copy(entriesOf(texts)))
      .catch((error: unknown) => {
        this.#options.log('error', 'what replicas share cannot be kept here', { error: error instanceof Error ? error.message : String(error) });
      });
    return this.#taking;
  }

  async #copy(entries: ReadonlyMap<string, Entry>): Promise<void> {
    const { store } = this.#options;
    const before = this.#copies();
    const changed = [...entries].filter(([name, { value }]) => before.get(name)?.value !== value).map(([, entry]) => entry);
    const gone = [...before].filter(([name]) => !entries.has(name)).map(([, entry]) => entry);
    await Promise.all([
      ...changed.map(({ area, key, value }) => store.putValue(area, key, value)),
      ...gone.map(({ area, key }) => store.putValue(area, key, undefined)),
    ]);
    const areas = new Set([...changed, ...gone].map(({ area }) => area));
    if (areas.size > 0) for (const told of [...this.#listeners]) told(areas);
  }
}
