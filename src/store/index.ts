// store: documents with revisions, kept on disk. `port.ts` is the contract every store keeps (test/contract/store.ts is the same
// in tests); here it is one SQLite file that one process holds alone. An acknowledged write survives a kill at any moment,
// reads come from memory, and a watch is a place in the history: it misses nothing, or it is told to list again.
// The store knows keys, revisions and content; it does not know which kinds there are or what a spec may say (that is model),
// nor who may write (that is manage).
export type { AuditFacts, AuditRecord, AuditVerdict } from './audit.ts';
export type { AuditQuery } from './audit-table.ts';
export { type BackupFile, type BackupHead, backupLines, readFiles, readHead } from './backup-text.ts';
export { STORE_ERRORS, type StoreErrorCode } from './errors.ts';
export { makeFolder, syncFolder } from './folder.ts';
export type { ListOptions, Store, StoreEvent, Write, WriteFailure } from './port.ts';
export { beginEpoch } from './restored.ts';
export { SEALED_TEXT, type Sealer } from './sealing.ts';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
export { type DocumentVersion, VERSIONS_KEPT } from './versions.ts';
