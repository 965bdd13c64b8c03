import { err, ok, type Result } from '../base/index.ts';
import type { Document, DocumentKey, GatewayKey, ProxyId, ServiceKey, SpiffeId, TrustDomain, WorkloadKey } from './entities.ts';

/** `gateway.networking.k8s.io/v1` → `gateway.networking.k8s.io`; the core group (`v1`) is ''. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** `group/Kind/namespace/name`; an empty group is left out: `Service/shop/checkout`, `weft.dev/Mesh//default`. */
export function makeDocumentKey(group: string, kind: string, namespace: string, name: string): DocumentKey {
  return `${group === '' ? '' : `${group}/`}${kind}/${namespace}/${name}` as DocumentKey;
}

export function documentKey(
  document: Pick<Document, 'apiVersion' | 'kind'> & { readonly metadata: { readonly namespace: string; readonly name: string } },
): DocumentKey {
  return makeDocumentKey(groupOf(document.apiVersion), document.kind, document.metadata.namespace, document.metadata.name);
}

/** The inverse of makeDocumentKey. Input: a key made by it. */
export function splitDocumentKey(key: DocumentKey): { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string } {
  const parts = key.split('/');
  const [name = '', namespace = '', kind = '', group = ''] = parts.reverse();
  return { group, kind, namespace, name };
}

export function serviceKey(namespace: string, name: string): ServiceKey {
  return `${namespace}/${name}` as ServiceKey;
}

/** Of a Gateway or a ListenerSet. */
export function gatewayKey(namespace: string, name: string): GatewayKey {
  return `${namespace}/${name}` as GatewayKey;
}

export function workloadKey(namespace: string, name: string): WorkloadKey {
  return `${namespace}/${name}` as WorkloadKey;
}

/** A sidecar serves one workload and bears its name. */
export function proxyIdOf(workload: WorkloadKey): ProxyId {
  return workload as string as ProxyId;
}

/** `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`. Inputs are names that the schemas have already checked. */
export function spiffeId(trustDomain: TrustDomain, namespace: string, serviceAccount: string): SpiffeId {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}` as SpiffeId;
}

// Names are Kubernetes' (RFC 1123): so no segment can be `.` or `..`, which SPIFFE-ID §2.2 forbids.
const SPIFFE =
  /^spiffe:\/\/([a-z0-9._-]{1,255})\/ns\/([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/sa\/((?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)$/;

export interface SpiffeParts {
  readonly id: SpiffeId;
  readonly trustDomain: TrustDomain;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Reads an identity of Weft's form (SPIFFE-ID §2 plus our path); the error says what is wrong with it. */
export function parseSpiffeId(text: string): Result<SpiffeParts, string> {
  const match = SPIFFE.exec(text);
  if (match === null) return err(`"${text}" is not of the form spiffe://<trust domain>/ns/<namespace>/sa/<service account>`);
  const [, trustDomain = '', namespace = '', serviceAccount = ''] = match;
  return ok({ id: text as SpiffeId, trustDomain: trustDomain as TrustDomain, namespace, serviceAccount });
}
