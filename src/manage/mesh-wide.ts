// Who says something for the whole mesh could as well write the Mesh itself: what one may do in a namespace is not enough for it.
import { canonicalJson } from '../base/index.ts';
import type { Document } from '../model/index.ts';
import { manageError } from './errors.ts';
import type { Permit } from './permit.ts';

const MESH = { verb: 'update', group: 'weft.dev', resource: 'meshes', namespace: '', name: 'default' } as const;

function isForAll({ spec }: Document): boolean {
  const refs: unknown = spec['targetRefs'];
  return Array.isArray(refs) && refs.some((ref: unknown) => (ref as { readonly kind?: unknown } | null)?.kind === 'Mesh');
}

/** Throws `forbidden` for a policy whose target is the Mesh, unless the caller may write the Mesh, or it says what it said before. */
export function checkMeshWide(document: Document, current: Document | undefined, permit: Permit): void {
  if (!isForAll(document) || (current !== undefined && canonicalJson(current.spec) === canonicalJson(document.spec)) || permit.allows(MESH)) return;
  const { kind, metadata } = document;
  throw manageError(
    'forbidden',
    `${kind} ${metadata.namespace}/${metadata.name} is for the whole mesh, and user "${permit.caller.user}" may not update meshes.weft.dev "default": name the Namespace, or a Service, as its target`,
  );
}
