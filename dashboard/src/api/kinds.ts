// Kinds of documents, as the API's discovery tells of them.
import { type UseQueryResult, useQueries } from '@tanstack/react-query';
import { ask } from './client.ts';
import { collection, type DocumentsView, type DocumentView } from './documents.ts';
import { useLive } from './live.ts';

interface ResourceView {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly categories?: readonly string[];
}

export interface KindView {
  readonly apiVersion: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Kinds of ours that have this category (`policies`), by name; undefined until they are known. */
export function useKinds(category: string): readonly KindView[] | undefined {
  const apiVersion = 'weft.dev/v1alpha1';
  const { data } = useLive<{ readonly resources: readonly ResourceView[] }>(`/apis/${apiVersion}`, { everyMs: 0 });
  return data?.resources
    .filter(({ name, categories = [] }) => !name.includes('/') && categories.includes(category))
    .map(({ name, kind, namespaced }) => ({ apiVersion, plural: name, kind, namespaced }))
    .sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

const EVERY_MS = 15_000;

export interface Collected {
  readonly items: readonly (DocumentView & { readonly plural: string })[];
  /** Kinds that may not be read, or could not be. */
  readonly failed: readonly { readonly kind: string; readonly error: unknown }[];
  readonly pending: boolean;
}

/** All documents of several kinds. A kind that may not be read does not hide the others. */
export function useCollected(kinds: readonly KindView[], namespace: string): Collected {
  const results: readonly UseQueryResult<DocumentsView>[] = useQueries({
    queries: kinds.map((kind) => {
      const path = collection(kind.apiVersion, kind.plural, kind.namespaced ? namespace : '');
      return { queryKey: [path, {}], queryFn: ({ signal }: { signal: AbortSignal }) => ask<DocumentsView>(path, { signal }), refetchInterval: EVERY_MS };
    }),
  });
  const named = kinds.flatMap((kind, at) => {
    const result = results[at];
    return result === undefined ? [] : [{ kind, result }];
  });
  return {
    // Items of a list need not say what they are.
    items: named.flatMap(({ kind, result }) =>
      (result.data?.items ?? []).map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind, plural: kind.plural })),
    ),
    failed: named.flatMap(({ kind, result }) => (result.error === null ? [] : [{ kind: kind.kind, error: result.error as unknown }])),
    pending: results.some(({ isPending }) => isPending),
  };
}
