// Answers that stay fresh: asked again while somebody looks, replaced in place, kept while the next one is on its way.
import { keepPreviousData, QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { ApiError, ask, type Question } from './client.ts';

const EVERY_MS = 5_000;

/** What cannot be mended by asking again: not signed in, not allowed, not there. */
const isFinal = (error: unknown): boolean => error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: (count, error) => count < 1 && !isFinal(error), staleTime: 2_000, refetchOnWindowFocus: true, networkMode: 'always' } },
});

export interface LiveOptions extends Omit<Question, 'signal'> {
  /** How often it is asked again; 0 = never. Default 5 s. */
  readonly everyMs?: number;
  readonly enabled?: boolean;
}

/** The same where it depends on the answer. */
export interface LiveUntil<T> extends Omit<LiveOptions, 'everyMs'> {
  readonly everyMs: (answer: T) => number;
}

/** The answer of `path`, by its question. The type is the contract of src/api for that path. */
export function useLive<T>(path: string, { everyMs = EVERY_MS, enabled = true, ...question }: LiveOptions | LiveUntil<T> = {}): UseQueryResult<T> {
  return useQuery({
    queryKey: [path, question],
    queryFn: ({ signal }) => ask<T>(path, { ...question, signal }),
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data, error } }) => (isFinal(error) ? false : next(everyMs, data) || false),
  });
}

/** Without an answer it is asked as usual. */
function next<T>(every: number | ((answer: T) => number), data: T | undefined): number {
  if (typeof every === 'number') return every;
  return data === undefined ? EVERY_MS : every(data);
}
