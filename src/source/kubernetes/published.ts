// Where a Service of type LoadBalancer is reached from outside. Its status says so, and statuses are no part of what a document says: it is noted beside it.
import type { KubeObject } from '../../kube/index.ts';
import { PUBLISHED } from '../../model/index.ts';

interface RawService extends KubeObject {
  readonly spec?: { readonly type?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] | null } };
}

/** The Service with its addresses outside, none while it waits for them; nobody else can say them. */
export function published(object: KubeObject): KubeObject {
  const { spec, status, metadata } = object as RawService;
  const { [PUBLISHED]: _, ...annotations } = metadata.annotations ?? {};
  if (spec?.type !== 'LoadBalancer') return { ...object, metadata: { ...metadata, annotations } };
  const addresses = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [PUBLISHED]: addresses.join(',') } } };
}
