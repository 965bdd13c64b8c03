import type { Resource } from '../envoy/index.ts';
import { type DocumentKey, splitDocumentKey } from '../model/index.ts';
import { type Documents, documentsBehind } from './documents.ts';

export interface Question {
  readonly resource: Resource;
  /** Turn up to which this resource's documents are proven by an acknowledgement. */
  readonly provenUntil: number;
  /** As Envoy said it, in full. */
  readonly words: string;
  /** Documents that cannot be it: already put aside, or the proxy's own workload. */
  readonly spared: (key: DocumentKey) => boolean;
}

/**
 * Documents that may have made Envoy refuse a resource, the likeliest first: those behind it whose present content no proxy
 * has accepted in it, first the ones Envoy names, then the most recently written.
 */
export function culprits(question: Question, documents: Documents): readonly DocumentKey[] {
  const suspects = documentsBehind(question.resource).filter(
    (key) => documents.get(key) !== undefined && documents.since(key) > question.provenUntil && !question.spared(key),
  );
  const rank = (key: DocumentKey): number => (named(key, question.words) ? 1 : 0);
  const written = (key: DocumentKey): number => Number(documents.get(key)?.metadata.resourceVersion ?? 0);
  return [...suspects].sort((a, b) => rank(b) - rank(a) || documents.since(b) - documents.since(a) || written(b) - written(a) || (a < b ? -1 : 1));
}

function named(key: DocumentKey, words: string): boolean {
  const { namespace, name } = splitDocumentKey(key);
  return words.includes(`${namespace}/${name}`);
}
