import { WeftError } from '../base/index.ts';
import { type Document, makeDocumentKey } from '../model/index.ts';
import type { Store } from '../store/index.ts';

const MESH = makeDocumentKey('weft.dev', 'Mesh', '', 'default');
const USAGE = { retryable: false, grpc: 3, http: 400 } as const;

/**
 * The trust domain of this mesh: what the Mesh document says, else what was asked for, else `example.mesh`. Throws WeftError when what
 * was asked for contradicts the document: a trust domain never changes silently.
 */
export function settleTrustDomain(store: Store, asked: string | undefined): string {
  const said = store.get(MESH)?.spec['trustDomain'];
  if (typeof said !== 'string') return asked ?? 'example.mesh';
  if (asked === undefined || asked === said) return said;
  throw new WeftError(
    'trust-domain-differs',
    USAGE,
    `this mesh has the trust domain ${said}, not ${asked}\n  leave --trust-domain out, or start a new mesh with another --data`,
  );
}

/** Writes a trust domain that was asked for into a Mesh document, so that it stays. To be called when the root has accepted it. */
export async function rememberTrustDomain(store: Store, asked: string | undefined): Promise<void> {
  if (asked === undefined || store.get(MESH) !== undefined) return;
  const metadata = { name: 'default', namespace: '', labels: {}, annotations: {} };
  const document: Document = { apiVersion: 'weft.dev/v1alpha1', kind: 'Mesh', metadata, spec: { trustDomain: asked } };
  await store.write([{ kind: 'put', document, expect: 'absent' }], 'weft up');
}
