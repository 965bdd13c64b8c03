import type { Listener, Mesh, ObjectRef, Secret } from '../../model/index.ts';
import { isThere, mayRefer, wordsOf } from './references.ts';
import type { ListenerOwner, Problem } from './state.ts';

export interface Certificates {
  /** Those that can be used, in the order in which they are named. */
  readonly secrets: readonly Secret[];
  readonly problems: readonly Problem[];
}

const problem = (ref: ObjectRef, reason: string, message: string): Problem => {
  const code = reason === 'RefNotPermitted' ? 'WEFT1603' : 'WEFT1602';
  return { condition: 'ResolvedRefs', reason, code, message, origin: ref.origin };
};

/** The Secret with a certificate that a reference leads to, or why it leads nowhere. */
export function certificateAt(mesh: Mesh, ref: ObjectRef, owner: Pick<ListenerOwner, 'kind' | 'namespace'>): Secret | Problem {
  const words = wordsOf(ref);
  if (ref.group !== '' || ref.kind !== 'Secret')
    return problem(ref, 'InvalidCertificateRef', `a certificate is in a Secret, not in ${ref.group === '' ? '' : `${ref.group}/`}${ref.kind} ${ref.name}`);
  if (!mayRefer(mesh, owner, ref)) return problem(ref, 'RefNotPermitted', `${words} is in another namespace, which has not permitted it (ReferenceGrant)`);
  const secret = mesh.secrets.get(`${ref.namespace}/${ref.name}`);
  if (secret === undefined)
    return problem(ref, 'InvalidCertificateRef', isThere(mesh, ref) ? `${words} has errors: see its own diagnostics` : `${words} does not exist`);
  if (secret.pair === undefined) return problem(ref, 'InvalidCertificateRef', `${words} is of type ${secret.type}, not kubernetes.io/tls`);
  return secret;
}

/** The certificates of a listener. One that names several is served with those that are in order. */
export function certificatesOf(mesh: Mesh, listener: Listener, owner: ListenerOwner): Certificates {
  const found = (listener.tls?.certificates ?? []).map((ref) => certificateAt(mesh, ref, owner));
  const secrets = found.filter((each): each is Secret => !('condition' in each));
  return { secrets: [...new Set(secrets)], problems: found.filter((each): each is Problem => 'condition' in each) };
}
