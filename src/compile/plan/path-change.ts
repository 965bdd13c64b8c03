// How a filter changes the path of a request, worked out for the match it belongs to.
import type { PathChange, PathMatch } from '../../model/index.ts';

/** `prefix` is '' when every path is meant; a `value` has no slash at its end, and '' stands for `/`. */
export type PathRewrite =
  | { readonly kind: 'full'; readonly value: string }
  | { readonly kind: 'prefix'; readonly prefix: string; readonly value: string }
  | { readonly kind: 'regex'; readonly pattern: string; readonly value: string };

const bare = (path: string): string => path.replace(/\/+$/, '');

/** The change as it works on requests that take `match`; undefined when it changes nothing. */
export function pathRewrite(change: PathChange | undefined, match: PathMatch): PathRewrite | undefined {
  if (change === undefined) return undefined;
  if (change.kind === 'regex') return change;
  if (change.kind === 'full') return { kind: 'full', value: change.value };
  const prefix = match.kind === 'pathPrefix' ? bare(match.value) : '';
  const value = bare(change.value);
  return prefix === value ? undefined : { kind: 'prefix', prefix, value };
}

/** What becomes of a path (without its query); undefined when that cannot be said here (a regular expression). */
export function rewritten(rewrite: PathRewrite, path: string): string | undefined {
  if (rewrite.kind === 'regex') return undefined;
  if (rewrite.kind === 'full') return rewrite.value;
  const { prefix, value } = rewrite;
  const rest = path.slice(prefix.length);
  if (value !== '') return `${value}${rest}`;
  return rest.startsWith('/') ? rest.replace(/^\/+/, '/') : `/${rest}`;
}
