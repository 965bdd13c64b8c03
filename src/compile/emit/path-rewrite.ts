import type { PathRewrite } from '../plan/path-change.ts';
import { quoted } from './conditions.ts';

/** A literal in the place of a substitution, where `\1` is a group. */
const literalSubstitution = (text: string): string => text.replaceAll('\\', '\\\\');

const regexRewrite = (regex: string, substitution: string) => ({ regexRewrite: { pattern: { regex }, substitution } });

/**
 * The new path of a forwarded or redirected request; the query stays. A prefix is replaced by Envoy's own means where that gives what
 * Gateway API says; where it would leave no path, or join two parts without a slash, an expression does.
 */
export function pathFields(
  path: PathRewrite | undefined,
  ignoreCase: boolean,
): { prefixRewrite?: string; regexRewrite?: ReturnType<typeof regexRewrite>['regexRewrite'] } {
  if (path === undefined) return {};
  if (path.kind === 'regex') return regexRewrite(path.pattern, path.value);
  if (path.kind === 'full') return regexRewrite('^/.*$', literalSubstitution(path.value));
  if (path.prefix === '') return regexRewrite('^/', `${literalSubstitution(path.value)}/`);
  if (path.value === '') return regexRewrite(`${ignoreCase ? '(?i)' : ''}^${quoted(path.prefix)}/*`, '/');
  return { prefixRewrite: path.value };
}
