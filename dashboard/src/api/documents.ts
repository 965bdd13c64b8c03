// Documents by the Kubernetes-shaped half of the API.
import type { UseQueryResult } from '@tanstack/react-query';
import { useLive } from './live.ts';

export interface DocumentView {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly generation?: number;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface DocumentsView {
  readonly items: readonly DocumentView[];
}

/** Path of a collection: `collection('v1', 'services', 'shop')`. An empty namespace is all of them. */
export function collection(apiVersion: string, plural: string, namespace: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === '' ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** All documents of a kind. */
export function useDocuments(apiVersion: string, plural: string, namespace: string): UseQueryResult<DocumentsView> {
  return useLive<DocumentsView>(collection(apiVersion, plural, namespace));
}
