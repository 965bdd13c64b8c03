import type { Document } from './entities.ts';

/** On documents that another authority decides about: `kubernetes`. */
export const MIRRORED_FROM = 'weft.dev/source';
export const KUBERNETES = 'kubernetes';

/** Whether a document is an object of a kube cluster, which alone decides about it. */
export function isMirrored({ metadata }: Pick<Document, 'metadata'>): boolean {
  return metadata.annotations[MIRRORED_FROM] === KUBERNETES;
}
