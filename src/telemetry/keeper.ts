// Everything that happens with records behind the door, in a thread of its own: reading messages, judging, keeping, finding, forgetting.
import { existsSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { KeptView, LossView, PeerView, RecordsQuery, RecordsView, UseView } from '../api/index.ts';
import { decodeRecords, type LoggedRequest, type LoggedStream, type RecordSide, WORKLOAD_TAG } from '../envoy/index.ts';
import { Budget } from './budget.ts';
import { openRecordsDatabase } from './database.ts';
import { PeersTable } from './peers-table.ts';
import { type NewRecord, recordOfConnection, recordOfRequest } from './record.ts';
import { RecordsTable } from './records-table.ts';
import type { Sender } from './sender.ts';
import { UsesTable } from './uses-table.ts';
import { whose } from './whose.ts';

export interface KeeperOptions {
  readonly file: string;
  /** The file is not let grow beyond this. */
  readonly budgetBytes: number;
  /** Records older than this are forgotten. */
  readonly keepMs: number;
  readonly now: () => number;
}

/** What one proxy may have kept: more than any that is well sends, less than what a broken one could. */
const PER_PROXY = { perSecond: 500, burst: 10_000 };
/** Lines of connections and uses tell for longer than single records. */
const LINES_KEEP_MS = 30 * 24 * 3_600_000;
const PRUNE_SHARE = 20;
const MOST_LOSERS = 1000;

/** A machine's clock may be wrong; what is kept goes by ours when it is by more than this. */
const MOST_SKEW_MS = 12 * 3_600_000;
const believable = (at: number, now: number): number => (Math.abs(at - now) > MOST_SKEW_MS ? now : at);

export class Keeper implements Disposable {
  readonly putAside: string | undefined;
  readonly #options: KeeperOptions;
  readonly #database: DatabaseSync;
  readonly #records: RecordsTable;
  readonly #peers: PeersTable;
  readonly #uses: UsesTable;
  readonly #budgets = new Map<string, Budget>();
  readonly #losers = new Map<string, number>();
  readonly #lost = { tooMany: 0, unreadable: 0, notStored: 0 };
  #received = 0;
  #open = false;

  /** Throws when the file can neither be opened nor begun anew. */
  constructor(options: KeeperOptions) {
    this.#options = options;
    const { database, putAside } = openRecordsDatabase(options.file);
    this.putAside = putAside;
    this.#database = database;
    this.#records = new RecordsTable(database);
    this.#peers = new PeersTable(database);
    this.#uses = new UsesTable(database);
  }

  /** Takes one message of a proxy's log. What is wrong with it is counted. It is on disk after `settle`. */
  take(side: RecordSide, sender: Sender, bytes: Uint8Array): void {
    let entries: readonly (LoggedRequest | LoggedStream)[];
    try {
      entries = decodeRecords(bytes).entries;
    } catch {
      this.#lost.unreadable++;
      this.#lose(sender.proxy, 1);
      return;
    }
    this.#received += entries.length;
    const now = this.#options.now();
    const allowed = this.#budgetOf(sender.proxy, now).take(entries.length, now);
    this.#lost.tooMany += entries.length - allowed;
    this.#lose(sender.proxy, entries.length - allowed);
    for (const entry of entries.slice(0, allowed)) this.#keep(side, { ...entry, at: believable(entry.at, now) }, whose(sender, entry.tags[WORKLOAD_TAG]));
  }

  #budgetOf(proxy: string, now: number): Budget {
    const known = this.#budgets.get(proxy);
    if (known !== undefined) return known;
    for (const [name, budget] of this.#budgets) if (budget.idle(now)) this.#budgets.delete(name);
    const made = new Budget(PER_PROXY, now);
    this.#budgets.set(proxy, made);
    return made;
  }

  #lose(proxy: string, count: number): void {
    if (count === 0 || (this.#losers.size >= MOST_LOSERS && !this.#losers.has(proxy))) return;
    this.#losers.set(proxy, (this.#losers.get(proxy) ?? 0) + count);
  }

  #keep(side: RecordSide, entry: LoggedRequest | LoggedStream, sender: Sender): void {
    try {
      this.#begin();
      if (entry.kind === 'request') this.#keepRequest(side, recordOfRequest(side, entry, sender));
      else this.#keepConnection(side, recordOfConnection(side, entry, sender), entry.living);
    } catch {
      this.#lost.notStored++;
      this.#lose(sender.proxy, 1);
    }
  }

  #keepRequest(side: RecordSide, record: NewRecord): void {
    this.#records.add(record);
    if (side !== 'inbound') return;
    this.#peers.add(record, 0);
    this.#uses.add(record);
  }

  /** Of connections that went well only the line of their ends is kept. */
  #keepConnection(side: RecordSide, record: NewRecord, living: boolean): void {
    if (living) this.#peers.add({ ...record, durationMs: Math.max(0, this.#options.now() - record.at) }, 0);
    else if (side === 'connection') this.#peers.add(record, 1);
    if (record.cause !== '' && !living) this.#records.add(record);
  }

  #begin(): void {
    if (this.#open) return;
    this.#database.exec('BEGIN');
    this.#open = true;
  }

  /** Commits what was taken. */
  settle(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#database.exec('COMMIT');
    } catch {
      this.#lost.notStored++;
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
  }

  find(query: RecordsQuery): Omit<RecordsView, 'lost'> & { readonly lost: Omit<LossView, 'tooLarge' | 'behind'> } {
    this.settle();
    const items = this.#records.find(query);
    return { items, next: items.at(-1)?.seq ?? query.after ?? this.#records.last, lost: { ...this.#lost } };
  }

  peers(since: number): readonly PeerView[] {
    this.settle();
    return this.#peers.since(since);
  }

  uses(since: number): readonly UseView[] {
    this.settle();
    return this.#uses.since(since);
  }

  kept(): Omit<KeptView, 'lost'> & { readonly lost: Omit<LossView, 'tooLarge' | 'behind'> } {
    this.settle();
    const row = this.#database.prepare('SELECT count(*) AS count, min(at) AS oldest FROM record').get();
    const oldest = Number(row?.['oldest'] ?? 0);
    return {
      records: Number(row?.['count'] ?? 0),
      bytes: this.#bytes(),
      budgetBytes: this.#options.budgetBytes,
      oldest: oldest === 0 ? '' : new Date(oldest).toISOString(),
      received: this.#received,
      lost: { ...this.#lost },
      losers: [...this.#losers]
        .sort(([, a], [, b]) => b - a)
        .slice(0, 20)
        .map(([proxy, lost]) => ({ proxy, lost })),
    };
  }

  #bytes(): number {
    const wal = `${this.#options.file}-wal`;
    return this.#used() + (existsSync(wal) ? statSync(wal).size : 0);
  }

  #used(): number {
    const pragma = (name: string): number => Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  /** Forgets what is too old, and the oldest records while there is more than the budget. Returns how many were forgotten. */
  prune(): number {
    this.settle();
    const now = this.#options.now();
    const count = (sql: string, value: number): number => Number(this.#database.prepare(sql).run(value).changes);
    let gone = count('DELETE FROM record WHERE at < ?', now - this.#options.keepMs);
    count('DELETE FROM peer WHERE last < ?', now - LINES_KEEP_MS);
    count('DELETE FROM use WHERE last < ?', now - LINES_KEEP_MS);
    this.#peers.prune();
    this.#uses.prune();
    for (let tries = 0; tries < PRUNE_SHARE && this.#used() > this.#options.budgetBytes; tries++) gone += this.#forgetSome(count);
    if (gone > 0) this.#database.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);');
    return gone;
  }

  #forgetSome(count: (sql: string, value: number) => number): number {
    const all = Number(this.#database.prepare('SELECT count(*) AS count FROM record').get()?.['count'] ?? 0);
    const some = Math.ceil(all / PRUNE_SHARE);
    if (some === 0) return count('DELETE FROM use WHERE hour IN (SELECT hour FROM use ORDER BY hour LIMIT ?)', 1000);
    return count('DELETE FROM record WHERE seq <= (SELECT min(seq) FROM record) + ?', some);
  }

  [Symbol.dispose](): void {
    this.settle();
    this.#database.close();
  }
}
