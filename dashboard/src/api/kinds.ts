// Kinds of documents, as the API's discovery tells of them.
import { type UseQueryResult, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask } from './client.ts';
import { collection, type DocumentsView, type DocumentView } from './documents.ts';
import { useLive } from './live.ts';

/** The answer of aggregated discovery, as far as it is read here (Kubernetes, apidiscovery.k8s.io/v2). */
interface DiscoveryView {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly {
        readonly resource: string;
        readonly responseKind: { readonly kind: string };
        readonly scope: 'Namespaced' | 'Cluster';
        readonly categories?: readonly string[];
      }[];
    }[];
  }[];
}

export interface KindView {
  readonly apiVersion: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly categories: readonly string[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Every kind that belongs to a group (what stands in none: services, secrets), by name; undefined until they are known. */
export function useAllKinds(): readonly KindView[] | undefined {
  const { data } = useLive<DiscoveryView>('/apis', { everyMs: 0, accept: AGGREGATED });
  return useMemo(() => (data === undefined ? undefined : kindsIn(data)), [data]);
}

function kindsIn({ items }: DiscoveryView): readonly KindView[] {
  const found = items.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map(({ resource, responseKind, scope, categories = [] }): KindView => {
        const apiVersion = `${metadata.name ?? ''}/${version}`;
        return { apiVersion, plural: resource, kind: responseKind.kind, namespaced: scope === 'Namespaced', categories };
      }),
    ),
  );
  return found.sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** Kinds of this category (`policies`, `routes`); undefined until they are known. */
export function useKinds(category: string): readonly KindView[] | undefined {
  return useAllKinds()?.filter(({ categories }) => categories.includes(category));
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
