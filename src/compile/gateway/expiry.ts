import type { Diagnostic } from '../../base/index.ts';
import { type DocumentKey, diagnostic, gatewayKey, type Mesh, type Secret, splitDocumentKey } from '../../model/index.ts';
import { wordsOf } from './references.ts';
import { gatewayState } from './state.ts';

/** Why clients do not accept a certificate at this time, or undefined when they do. */
function untimely({ pair }: Secret, now: number): string | undefined {
  if (pair === undefined) return undefined;
  const day = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');
  if (pair.notAfter <= now) return `has expired on ${day(pair.notAfter)}`;
  return pair.notBefore > now ? `is valid only from ${day(pair.notBefore)} on` : undefined;
}

/**
 * Certificates of a Secret, or of the listeners of a Gateway or ListenerSet, that clients refuse at this time. Apart from the other diagnostics,
 * because it is the only thing about a document that changes with time alone.
 */
export function expiryDiagnostics(mesh: Mesh, key: DocumentKey, now: number): readonly Diagnostic[] {
  const { kind, namespace, name } = splitDocumentKey(key);
  if (kind === 'Secret') {
    const secret = mesh.secrets.get(`${namespace}/${name}`);
    const why = secret === undefined ? undefined : untimely(secret, now);
    return secret === undefined || why === undefined ? [] : [diagnostic('WEFT1615', { ...secret.origin, path: 'data["tls.crt"]' }, `the certificate ${why}`)];
  }
  const gateway =
    kind === 'Gateway' ? gatewayKey(namespace, name) : kind === 'ListenerSet' ? mesh.listenerSets.get(`${namespace}/${name}`)?.gateway : undefined;
  const listeners = gateway === undefined ? [] : (gatewayState(mesh, gateway)?.listeners ?? []);
  return listeners
    .filter(({ owner }) => owner.key === key)
    .flatMap(({ listener, certificates }) =>
      certificates.flatMap((secret) => {
        const why = untimely(secret, now);
        return why === undefined ? [] : [diagnostic('WEFT1615', listener.origin, `the certificate of ${wordsOf({ ...secret, kind: 'Secret' })} ${why}`)];
      }),
    );
}
