import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { type Clock, type Result, WeftError } from '../base/index.ts';
import type { Document, DocumentKey } from '../model/index.ts';
import type { AuditFacts, AuditRecord, AuditVerdict } from './audit.ts';
import { type AuditQuery, DIGEST_KEY } from './audit-table.ts';
import { openDatabase, sqliteCode } from './database.ts';
import { DocumentIndex } from './document-index.ts';
import { STORE_ERRORS } from './errors.ts';
import { type Call, NOTHING, stageGroup } from './group.ts';
import { type Change, History } from './history.ts';
import type { ListOptions, Store, StoreEvent, Write, WriteFailure } from './port.ts';
import type { Sealer } from './sealing.ts';
import { SmallValues } from './small-values.ts';
import { Staging } from './staging.ts';
import { type StagedValue, Tables } from './tables.ts';
import type { DocumentVersion } from './versions.ts';
import { Bell, type WatchOptions, watchHistory } from './watch.ts';

export interface SqliteStoreOptions {
  /** Made when it is not there, with its folder. */
  readonly file: string;
  readonly clock: Clock;
  /** Seals Secrets and small values in the file; without it they stand there as they are. */
  readonly sealer?: Sealer;
  /** How many changes a watch may be behind; default 10,000. */
  readonly historyLimit?: number;
  /** How much of their text (UTF-16 units) is kept at most, whatever their number; default 64 Mi. */
  readonly historyBytes?: number;
  /** Told of every transaction: how long it took, ms, to be on disk. */
  readonly committed?: (tookMs: number) => void;
  /** How many records the audit log keeps; default 200,000. */
  readonly auditKept?: number;
}

const SQLITE_FULL = 13;
/** Records alone wait until the disk has rested as many times as long as it was at work: who is refused without end has half of the time, the others the rest. */
const REST = 1;
/** Whatever the disk does. */
const LONGEST_REST_MS = 100;

/**
 * Documents in one SQLite file that this process holds alone. Reads come from memory. Writes of one turn of the event loop share
 * a transaction and a sync; memory changes only after the commit, so it never says what the disk does not hold.
 */
class SqliteStore implements Store {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #sealer: Sealer | undefined;
  readonly #auditKept: number | undefined;
  readonly #committed: ((tookMs: number) => void) | undefined;
  readonly #index = new DocumentIndex();
  readonly #values = new SmallValues();
  readonly #history: History;
  readonly #bell = new Bell();
  #tables: Tables;
  #queue: Call[] = [];
  /** Ends the wait of what is queued; undefined when nothing is, or when it goes to disk at the end of this turn. */
  #resting: (() => void) | undefined;
  #restUntil = 0;
  /** After a failed sync nobody knows what is on disk: the file is opened and read again before the next write. */
  #suspect = false;

  constructor(options: SqliteStoreOptions, tables: Tables) {
    this.#file = options.file;
    this.#clock = options.clock;
    this.#sealer = options.sealer;
    this.#auditKept = options.auditKept;
    this.#committed = options.committed;
    this.#tables = tables;
    const { floor } = tables.counters();
    this.#history = new History({ floor, limit: options.historyLimit ?? 10_000, limitBytes: options.historyBytes ?? 64 * 1024 * 1024 });
    for (const document of tables.documents()) this.#index.set(document);
    for (const { change, bytes } of tables.history(floor)) this.#history.append(change, bytes);
    this.#values.apply(tables.values());
  }

  get revision(): number {
    return this.#history.revision;
  }

  get(key: DocumentKey): Document | undefined {
    return this.#index.get(key);
  }

  list(options: ListOptions = {}): { readonly documents: readonly Document[]; readonly revision: number } {
    return { documents: this.#index.list(options), revision: this.revision };
  }

  write(writes: readonly Write[], author: string): Promise<Result<readonly Document[], WriteFailure>> {
    if (writes.length === 0) return Promise.resolve(NOTHING);
    return new Promise((resolve, reject) => this.#enqueue({ kind: 'write', writes, author, resolve, reject }));
  }

  watch(options: WatchOptions): AsyncIterable<StoreEvent> {
    return watchHistory({ history: this.#history, bell: this.#bell, clock: this.#clock }, options);
  }

  changeAt(revision: number): Change | undefined {
    return this.#history.at(revision);
  }

  versions(key: DocumentKey): readonly DocumentVersion[] {
    return this.#tables.versions.of(key);
  }

  getValue(area: string, key: string): string | undefined {
    return this.#values.get(area, key);
  }

  listValues(area: string): ReadonlyMap<string, string> {
    return this.#values.list(area);
  }

  putValue(area: string, key: string, value: string | undefined): Promise<void> {
    return new Promise((resolve, reject) => this.#enqueue({ kind: 'value', area, key, value, resolve, reject }));
  }

  record(facts: readonly AuditFacts[]): Promise<void> {
    if (facts.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#enqueue({ kind: 'record', facts, resolve, reject }));
  }

  snapshot(file: string): void {
    try {
      this.#reopenIfSuspect();
      this.#tables.snapshot(file);
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  auditRecords(query: AuditQuery): readonly AuditRecord[] {
    return this.#tables.audit.list(query);
  }

  verifyAudit(): AuditVerdict {
    return this.#tables.audit.verify();
  }

  claimValue(area: string, key: string, value: string): Promise<boolean> {
    return new Promise((resolve, reject) => this.#enqueue({ kind: 'claim', area, key, value, resolve, reject }));
  }

  #enqueue(call: Call): void {
    if (this.#bell.closed) {
      call.reject(new WeftError('store-closed', STORE_ERRORS['store-closed'], 'the store is closed'));
      return;
    }
    this.#queue.push(call);
    const waits = this.#queue.length === 1 || this.#resting !== undefined;
    if (!waits || (call.kind === 'record' && this.#resting !== undefined)) return;
    this.#resting?.();
    this.#resting = undefined;
    const restMs = call.kind === 'record' ? this.#restUntil - this.#clock.monotonic() : 0;
    if (restMs <= 0) return void setImmediate(() => this.#flush());
    const timer = setTimeout(() => this.#flush(), restMs);
    this.#resting = () => clearTimeout(timer);
  }

  #flush(): void {
    this.#resting?.();
    this.#resting = undefined;
    const calls = this.#queue;
    this.#queue = [];
    if (calls.length === 0) return;
    try {
      this.#reopenIfSuspect();
      for (const settle of this.#commit(calls)) settle();
    } catch (cause) {
      const error = this.#unavailable(cause);
      for (const call of calls) call.reject(error);
    }
  }

  #commit(calls: readonly Call[]): readonly (() => void)[] {
    const now = this.#clock.now();
    const staging = new Staging({ revision: this.revision, read: (key) => this.#index.get(key), now: () => now, newUid: randomUUID });
    const read = (area: string, key: string): string | undefined => this.#values.get(area, key);
    const known = read(DIGEST_KEY.area, DIGEST_KEY.key);
    const digestKey = known ?? DIGEST_KEY.make();
    const { values: staged, audit, settle } = stageGroup(calls, { staging, read, digestKey });
    const values = known !== undefined || audit.length === 0 ? staged : [...staged, { area: DIGEST_KEY.area, key: DIGEST_KEY.key, value: digestKey }];
    const { changes, revision } = staging;
    if (changes.length === 0 && values.length === 0 && audit.length === 0) return settle;
    const floor = this.#history.floorAfter(
      changes.length,
      changes.reduce((sum, { text }) => sum + text.length, 0),
    );
    const began = this.#clock.monotonic();
    this.#tables.commit({ changes, values, audit, revision, floor, now });
    const ended = this.#clock.monotonic();
    this.#restUntil = ended + Math.min(LONGEST_REST_MS, REST * (ended - began));
    this.#committed?.(ended - began);
    this.#publish(
      changes.map(({ change, text }) => ({ change, bytes: text.length })),
      values,
    );
    this.#history.compact(floor);
    this.#bell.ring();
    return settle;
  }

  #publish(changes: Iterable<{ readonly change: Change; readonly bytes: number }>, values: Iterable<StagedValue>): void {
    for (const { change, bytes } of changes) {
      if (change.kind === 'delete') this.#index.delete(change.document);
      else this.#index.set(change.document);
      this.#history.append(change, bytes);
    }
    this.#values.apply(values);
  }

  /** A full disk leaves the file as it was; after any other failure the next write opens it again. */
  #unavailable(cause: unknown): WeftError {
    const code = sqliteCode(cause);
    if (code !== SQLITE_FULL) this.#suspect = true;
    const why = cause instanceof Error ? cause.message : String(cause);
    const remedy = code === SQLITE_FULL ? 'make room on the disk' : 'check the disk and the system log';
    return new WeftError('store-unavailable', STORE_ERRORS['store-unavailable'], `the write was not stored: ${this.#file}: ${why}; ${remedy} and try again`, {
      cause,
    });
  }

  /** What a failed sync left on disk after all (SQLite replays it on opening) becomes visible now, as if it had just happened. */
  #reopenIfSuspect(): void {
    if (!this.#suspect) return;
    this.#tables.close();
    this.#tables = new Tables(openDatabase(this.#file, this.#clock.now()), this.#file, this.#sealer, this.#auditKept);
    this.#values.clear();
    this.#publish(this.#tables.history(this.revision), this.#tables.values());
    this.#suspect = false;
    this.#bell.ring();
  }

  /** Writes what is queued, ends every watch, gives the file free. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#bell.closed) return;
    this.#flush();
    this.#bell.close();
    rmSync(`${this.#file}.owner`, { force: true }); // before the lock goes: afterwards it may be another's
    this.#tables.close();
  }
}

/**
 * Opens the store in `file`, reads all of it, and holds the file for this process alone until it is disposed. Throws WeftError
 * `store-locked` (naming the holder), `store-corrupt`, `store-newer` or `store-open`; each says what to do.
 */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const file = resolvePath(options.file);
  const database = openDatabase(file, options.clock.now());
  try {
    return new SqliteStore({ ...options, file }, new Tables(database, file, options.sealer, options.auditKept));
  } catch (error) {
    if (database.isOpen) database.close();
    throw error;
  }
}
