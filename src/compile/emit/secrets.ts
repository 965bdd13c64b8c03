import {
  type CertificateValidationContextSchema,
  encode,
  extension,
  type Hash,
  type Init,
  inline,
  makeResource,
  type Resource,
  SecretSchema,
  SpiffeCertValidatorConfigSchema,
  type Version,
} from '../../envoy/index.ts';
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

/** Trust anchors of servers outside, PEM. */
export function emitBundle(pem: string, hash: Hash, name = BUNDLE_SECRET): Resource {
  return validationSecret(name, { trustedCa: inline(pem) }, hash);
}

/**
 * Trust anchors by trust domain, PEM: a certificate is held against those of the domain in its own name and no others (SPIFFE Federation §4.2: bundles
 * are never merged), and one that may sign is no identity (X509-SVID §5.2).
 */
export function emitTrust(domains: ReadonlyMap<string, string>, hash: Hash, name: string): Resource {
  const trustDomains = [...domains].sort(([a], [b]) => (a < b ? -1 : 1)).map(([domain, pem]) => ({ name: domain, trustBundle: inline(pem) }));
  return validationSecret(
    name,
    { customValidatorConfig: extension('envoy.tls.cert_validator.spiffe', SpiffeCertValidatorConfigSchema, { trustDomains }) },
    hash,
  );
}

function validationSecret(name: string, value: Init<typeof CertificateValidationContextSchema>, hash: Hash): Resource {
  const bytes = encode(SecretSchema, { name, type: { case: 'validationContext', value } });
  return makeResource({ type: 'secret', name, pieces: [bytes], origins: [], hash });
}
