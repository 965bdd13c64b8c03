// Small name spaces, so that random documents really meet.
import fc from 'fast-check';
import type { Document } from '../../../src/model/index.ts';

const NAMESPACES = ['a', 'b'];
const NAMES = ['s1', 's2', 's3'];
export const namespace = fc.constantFrom(...NAMESPACES);
export const name = fc.constantFrom(...NAMES);
export const age = fc.constantFrom('', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z');

export interface Meta {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
}

/** A document as the source gives it; an empty `creationTimestamp` is none. */
export function document(apiVersion: string, kind: string, meta: Meta, spec: Readonly<Record<string, unknown>>): Document {
  const { creationTimestamp = '', ...rest } = meta;
  return { apiVersion, kind, metadata: { labels: {}, annotations: {}, ...rest, ...(creationTimestamp === '' ? {} : { creationTimestamp }) }, spec };
}
