import { type ClientValidation, type Gateway, type Mesh, type ObjectRef, readChain } from '../../model/index.ts';
import { isThere, mayRefer, wordsOf } from './references.ts';
import type { Problem } from './state.ts';

/** A text with certificates of authorities, and the document it is in. */
export interface TrustSource {
  readonly ref: ObjectRef;
  readonly pem: string;
}

export interface ClientTrust {
  readonly sources: readonly TrustSource[];
  /** Clients without a valid certificate are let in all the same. */
  readonly insecure: boolean;
}

export interface Trust {
  readonly sources: readonly TrustSource[];
  readonly problems: readonly { readonly ref: ObjectRef; readonly reason: 'kind' | 'permission' | 'reference'; readonly message: string }[];
}

/** The authorities that references lead to: `ca.crt` of a ConfigMap, or of a Secret. */
export function trustAt(mesh: Mesh, refs: readonly ObjectRef[], from: { readonly kind: string; readonly namespace: string }): Trust {
  const sources: TrustSource[] = [];
  const problems: Trust['problems'][number][] = [];
  for (const ref of refs) {
    const words = wordsOf(ref);
    const pem = authoritiesOf(mesh, ref);
    const read = pem === undefined ? undefined : readChain(pem);
    if (ref.group !== '' || (ref.kind !== 'ConfigMap' && ref.kind !== 'Secret'))
      problems.push({ ref, reason: 'kind', message: `certificates of authorities are in a ConfigMap or a Secret, not in ${ref.kind} ${ref.name}` });
    else if (!mayRefer(mesh, from, ref))
      problems.push({ ref, reason: 'permission', message: `${words} is in another namespace, which has not permitted it (ReferenceGrant)` });
    else if (pem === undefined)
      problems.push({ ref, reason: 'reference', message: isThere(mesh, ref) ? `${words} has no key ca.crt` : `${words} does not exist` });
    else if (read?.ok !== true) problems.push({ ref, reason: 'reference', message: `ca.crt of ${words} ${read?.problem.message ?? 'cannot be read'}` });
    else sources.push({ ref, pem });
  }
  return { sources, problems };
}

function authoritiesOf(mesh: Mesh, { kind, namespace, name }: ObjectRef): string | undefined {
  const key = `${namespace}/${name}`;
  return kind === 'ConfigMap' ? mesh.configMaps.get(key)?.data['ca.crt'] : mesh.secrets.get(key)?.authorities;
}

const REASONS = { kind: 'InvalidCACertificateKind', permission: 'RefNotPermitted', reference: 'InvalidCACertificateRef' } as const;

function validationOf(gateway: Gateway, port: number): ClientValidation | undefined {
  return gateway.validationByPort.has(port) ? gateway.validationByPort.get(port) : gateway.validation;
}

/** What clients of a port must show. Without any usable authority the listeners of the port cannot be served: nobody could be let in. */
export function clientTrustOf(mesh: Mesh, gateway: Gateway, port: number): { readonly trust: ClientTrust | undefined; readonly problems: readonly Problem[] } {
  const validation = validationOf(gateway, port);
  if (validation === undefined) return { trust: undefined, problems: [] };
  const { sources, problems } = trustAt(mesh, validation.authorities, { kind: 'Gateway', namespace: gateway.namespace });
  const refs = problems.map(
    ({ ref, reason, message }): Problem => ({
      condition: 'ResolvedRefs',
      reason: REASONS[reason],
      code: reason === 'permission' ? 'WEFT1603' : 'WEFT1610',
      message,
      origin: ref.origin,
    }),
  );
  const none: readonly Problem[] =
    sources.length > 0
      ? []
      : [
          {
            condition: 'Accepted',
            reason: 'NoValidCACertificate',
            code: 'WEFT1610',
            message: 'clients must have a certificate, and no authority is left that could have issued it',
            origin: validation.origin,
          },
        ];
  return { trust: { sources, insecure: validation.mode === 'AllowInsecureFallback' }, problems: [...refs, ...none] };
}
