import { encode, type Hash, inline, makeResource, type Resource, SecretSchema, type Version } from '../../envoy/index.ts';
import { BUNDLE_SECRET, WORKLOAD_SECRET } from '../plan/names.ts';

export interface LeafOptions {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Not a content hash: what the issuer calls this certificate, so that it is recognised after a restart. */
  readonly version: string;
  /** The SPIFFE ID where one proxy holds several identities. */
  readonly name?: string;
}

/** A workload's certificate and key. */
export function emitLeaf({ certificatePem, keyPem, version, name = WORKLOAD_SECRET }: LeafOptions): Resource {
  const value = { certificateChain: inline(certificatePem), privateKey: inline(keyPem) };
  const bytes = encode(SecretSchema, { name, type: { case: 'tlsCertificate', value } });
  return makeResource({ type: 'secret', name, pieces: [bytes], origins: [], hash: () => version as Version });
}

/** Trust anchors, PEM. */
export function emitBundle(pem: string, hash: Hash, name = BUNDLE_SECRET): Resource {
  const bytes = encode(SecretSchema, { name, type: { case: 'validationContext', value: { trustedCa: inline(pem) } } });
  return makeResource({ type: 'secret', name, pieces: [bytes], origins: [], hash });
}
