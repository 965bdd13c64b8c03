import type { Diagnostic } from '../base/index.ts';
import { type Document, documentKey, makeDocumentKey, ownershipProblems } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { checkMeshWide } from './mesh-wide.ts';
import type { Permit } from './permit.ts';
import { checkGrant } from './rbac/index.ts';

export interface Written {
  readonly document: Document;
  readonly current: Document | undefined;
}

/** What is to say about documents that would be written, because of who writes them. Throws `forbidden`. */
export function grants(written: readonly Written[], permit: Permit, store: Pick<Store, 'get' | 'list'>): readonly Diagnostic[] {
  for (const { document, current } of written) checkMeshWide(document, current, permit);
  return [...written.flatMap(({ document, current }) => checkGrant(document, current, permit, store)), ...ownership(written, store)];
}

const MESH = makeDocumentKey('weft.dev', 'Mesh', '', 'default');
const CLAIMING = [
  'weft.dev/ExternalService',
  ...['Gateway', 'ListenerSet', 'HTTPRoute', 'GRPCRoute', 'TLSRoute'].map((kind) => `gateway.networking.k8s.io/${kind}`),
];

/**
 * Hosts that are another's. A Mesh that gives a host to somebody is held against every document there is: what it says is true from
 * the write on, or it is not written.
 */
function ownership(written: readonly Written[], store: Pick<Store, 'get' | 'list'>): readonly Diagnostic[] {
  const documents = written.map(({ document }) => document);
  const mesh = documents.find((document) => documentKey(document) === MESH);
  if (mesh === undefined) return ownershipProblems(documents, store.get(MESH));
  const keys = new Set(documents.map(documentKey));
  const others = CLAIMING.flatMap((kind) => store.list({ kind }).documents).filter((document) => !keys.has(documentKey(document)));
  return ownershipProblems([...documents, ...others], mesh);
}
