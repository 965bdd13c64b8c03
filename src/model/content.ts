import { canonicalJson } from '../base/index.ts';
import type { Document } from './entities.ts';

/** Annotations of ours are notes about a document (where it came from, leases), not part of what it says. */
const OWN_ANNOTATIONS = 'weft.dev/';

/**
 * What a document says, as canonical text: kind, names, labels, annotations but Weft's own, spec. Not status, resourceVersion or
 * generation. The time of creation belongs to it, because it decides precedence.
 */
export function contentOf(document: Document): string {
  const { name, namespace, labels, annotations, creationTimestamp } = document.metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith(OWN_ANNOTATIONS)));
  return canonicalJson([document.apiVersion, document.kind, namespace, name, creationTimestamp ?? '', labels, kept, document.spec]);
}

/** The same as a value, for telling what differs: metadata that a user writes, and spec. */
export function saidBy({ metadata, spec }: Document): Readonly<Record<string, unknown>> {
  const { labels } = metadata;
  const annotations = Object.fromEntries(Object.entries(metadata.annotations).filter(([key]) => !key.startsWith(OWN_ANNOTATIONS)));
  return { metadata: { labels, annotations }, spec };
}

export function sameContent(a: Document | undefined, b: Document | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && contentOf(a) === contentOf(b);
}
