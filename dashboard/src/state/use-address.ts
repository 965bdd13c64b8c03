// The address, as components read and change it.
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type Search, type Span, spanOf } from './address.ts';

export interface Address {
  readonly search: Search;
  readonly params: Readonly<Record<string, string | undefined>>;
  /** '' = all. */
  readonly namespace: string;
  readonly span: Span;
  /** Changes parameters and keeps the others; undefined takes one away. Without `keep` the step can be gone back. */
  set(changes: Search, options?: { readonly keep?: boolean }): void;
}

/** What the address says, and how to change it. */
export function useAddress(): Address {
  const search = useSearch({ strict: false }) as Search;
  const params = useParams({ strict: false }) as Address['params'];
  const navigate = useNavigate();
  return {
    search,
    params,
    namespace: search['ns'] ?? '',
    span: spanOf(search),
    set: (changes, { keep = false } = {}) => {
      void navigate({ to: '.', search: (before: Search) => ({ ...before, ...changes }), replace: keep } as Parameters<typeof navigate>[0]);
    },
  };
}
