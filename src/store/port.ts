import type { Result } from '../base/index.ts';
import type { Document, DocumentKey } from '../model/index.ts';
import type { AuditFacts, AuditRecord, AuditVerdict } from './audit.ts';
import type { AuditQuery } from './audit-table.ts';
import type { DocumentVersion } from './versions.ts';

export type StoreEvent =
  /** `previous` is what the document was before; absent when it is new, or (rarely, after a restart) no longer known. */
  | { readonly kind: 'put'; readonly revision: number; readonly created: boolean; readonly document: Document; readonly previous?: Document }
  | { readonly kind: 'delete'; readonly revision: number; readonly document: Document }
  /** Nothing happened up to here: a watch may resume from this revision. */
  | { readonly kind: 'bookmark'; readonly revision: number };

export type WriteFailure =
  | { readonly kind: 'conflict'; readonly key: DocumentKey; readonly current: string }
  | { readonly kind: 'exists'; readonly key: DocumentKey }
  | { readonly kind: 'missing'; readonly key: DocumentKey };

/**
 * One write. `put` without `expect` creates or replaces; `expect: 'absent'` only creates; a resourceVersion only replaces that
 * one. `status` replaces `status` alone and leaves `generation` as it is. `mirrored`: the document is another authority's, whose uid,
 * creationTimestamp and generation are kept as they come, and whose every Workload is no change that anybody made: the audit log is without it.
 */
export type Write =
  | { readonly kind: 'put'; readonly document: Document; readonly expect?: 'absent' | string; readonly mirrored?: true }
  | { readonly kind: 'status'; readonly key: DocumentKey; readonly status: Readonly<Record<string, unknown>> }
  | { readonly kind: 'delete'; readonly key: DocumentKey; readonly expect?: string; readonly mirrored?: true };

export interface ListOptions {
  /** `Service`, `gateway.networking.k8s.io/HTTPRoute`; absent = all kinds. */
  readonly kind?: string;
  readonly namespace?: string;
}

/**
 * Documents with revisions. Every acknowledged write is on disk: the promise of `write` resolves after the commit. Writes of
 * one call are one transaction (all or none). `uid`, `creationTimestamp`, `generation`, `resourceVersion` are the store's, except those of
 * mirrored documents.
 */
export interface Store extends AsyncDisposable {
  readonly revision: number;
  get(key: DocumentKey): Document | undefined;
  list(options?: ListOptions): { readonly documents: readonly Document[]; readonly revision: number };
  write(writes: readonly Write[], author: string): Promise<Result<readonly Document[], WriteFailure>>;
  /**
   * Events after `since`, then as they happen, with a bookmark at least every `bookmarkMs`. Throws WeftError `revision-gone`
   * (HTTP 410) when history before `since` is compacted away.
   */
  watch(options: { readonly since: number; readonly bookmarkMs?: number; readonly signal: AbortSignal } & ListOptions): AsyncIterable<StoreEvent>;
  /** The change that made a revision; undefined when it has not happened, or history no longer reaches back so far. */
  changeAt(revision: number): Exclude<StoreEvent, { readonly kind: 'bookmark' }> | undefined;
  /** What a document said, newest first, the first being what holds: the last ones that users wrote, and that it was deleted. */
  versions(key: DocumentKey): readonly DocumentVersion[];
  /** Small named values that must survive a restart (quarantine, used join tokens); same durability as documents. */
  getValue(area: string, key: string): string | undefined;
  listValues(area: string): ReadonlyMap<string, string>;
  putValue(area: string, key: string, value: string | undefined): Promise<void>;
  /** Sets the value only if the key has none; false when it had one. Atomic: the single use of a join token rests on it. */
  claimValue(area: string, key: string, value: string): Promise<boolean>;
  /** Writes all of it, as it is at this moment, into a new file of its own. Throws `store-unavailable`. */
  snapshot(file: string): void;
  /**
   * Adds to the audit log what is no write of documents: refusals, tokens, secrets that were read. Writes of documents are in it by
   * themselves, in the same transaction. On disk when it resolves.
   */
  record(facts: readonly AuditFacts[]): Promise<void>;
  /** Newest first. */
  auditRecords(query: AuditQuery): readonly AuditRecord[];
  /** Whether the log is whole: no record was changed, removed or added in between. */
  verifyAudit(): AuditVerdict;
}
