// Documents that nobody wrote. Namespaces are implicit: one exists as soon as a document stands in it; some roles are built in. Reading
// shows them, beside what somebody wrote; they are not watched, because nothing happens to them.
import type { Document, KindDefinition } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { BUILT_IN_DOCUMENTS, RBAC_GROUP } from './rbac/index.ts';

/** What there is of a kind without a document. */
export function implicitDocuments(store: Store, kind: KindDefinition): readonly Document[] {
  if (kind.kind === 'Namespace' && kind.group === '') return implicitNamespaces(store);
  return kind.kind === 'ClusterRole' && kind.group === RBAC_GROUP ? BUILT_IN_DOCUMENTS : [];
}

/** A namespace is as old as its oldest document. */
function implicit(oldest: Document): Document {
  const { namespace, creationTimestamp, resourceVersion } = oldest.metadata;
  const metadata = { name: namespace, namespace: '', labels: {}, annotations: {} };
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { ...metadata, ...(creationTimestamp === undefined ? {} : { creationTimestamp }), ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: {},
    status: { phase: 'Active' },
  };
}

/** Namespaces that have documents and no Namespace document of their own. */
function implicitNamespaces(store: Store): readonly Document[] {
  const written = new Set(store.list({ kind: 'Namespace' }).documents.map((document) => document.metadata.name));
  const oldest = new Map<string, Document>();
  for (const document of store.list().documents) {
    const { namespace, creationTimestamp = '' } = document.metadata;
    if (namespace === '' || written.has(namespace)) continue;
    const known = oldest.get(namespace);
    if (known === undefined || creationTimestamp < (known.metadata.creationTimestamp ?? '')) oldest.set(namespace, document);
  }
  return [...oldest.values()].map(implicit);
}
