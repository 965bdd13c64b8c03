import { type DocumentKey, granted, keyOfRef, type Mesh, makeDocumentKey, type ObjectRef } from '../../model/index.ts';

/** Who refers to something. */
export interface Referrer {
  readonly kind: string;
  readonly namespace: string;
}

/** Whether a document of Gateway API may refer to another one: of its own namespace always, of others where a ReferenceGrant says so. */
export function mayRefer(mesh: Mesh, from: Referrer, to: ObjectRef): boolean {
  return granted(mesh, { group: 'gateway.networking.k8s.io', ...from }, to);
}

/** What is there under a reference, whether or not it is in order. */
export function isThere(mesh: Mesh, ref: ObjectRef): boolean {
  return mesh.documents.get(keyOfRef(ref)) !== undefined;
}

/** How people call it. */
export const wordsOf = ({ kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string => `${kind} ${namespace}/${name}`;

/** Name of the secret in which proxies get the certificate of a Secret: the document's own, so a renewed one is a push of this alone. */
export function certificateName({ namespace, name }: { readonly namespace: string; readonly name: string }): DocumentKey {
  return makeDocumentKey('', 'Secret', namespace, name);
}
