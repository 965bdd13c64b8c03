// The store, with what replicas share put where all of them have it first. What is read is read here.
import type { Store, Write } from '../../store/index.ts';
import type { SharedDocuments } from './shared-documents.ts';
import { SHARED_AREAS, type SharedValues } from './shared-values.ts';

/** The same store; writes of shared values and documents resolve when the API server has them. */
export function sharedStore(store: Store, { values, documents }: { readonly values: SharedValues; readonly documents: SharedDocuments }): Store {
  return {
    get revision() {
      return store.revision;
    },
    get: (key) => store.get(key),
    list: (options) => store.list(options),
    write: (writes: readonly Write[], author: string) => documents.write(writes, author),
    watch: (options) => store.watch(options),
    changeAt: (revision) => store.changeAt(revision),
    versions: (key) => store.versions(key),
    getValue: (area, key) => store.getValue(area, key),
    listValues: (area) => store.listValues(area),
    putValue: (area, key, value) => (SHARED_AREAS.has(area) ? values.put(area, key, value) : store.putValue(area, key, value)),
    claimValue: (area, key, value) => (SHARED_AREAS.has(area) ? values.claim(area, key, value) : store.claimValue(area, key, value)),
    snapshot: (file) => store.snapshot(file),
    record: (facts) => store.record(facts),
    auditRecords: (query) => store.auditRecords(query),
    verifyAudit: () => store.verifyAudit(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
