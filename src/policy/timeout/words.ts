import type { Effective } from '../effective.ts';
import type { PolicyWords } from '../policy.ts';

const FOREVER = '0s';

/** `2s`, and what holds for tries and silence where somebody said so. */
export function timeoutWords({ fields }: Effective): PolicyWords {
  const at = (path: string): string => String(fields.get(path)?.value ?? FOREVER);
  const parts: readonly (readonly [string, string])[] = [
    ['backendRequest', 'each try'],
    ['streamIdle', 'silence'],
    ['maxStream', 'stream'],
  ];
  const written = (path: string): boolean => fields.get(path)?.from.policy !== undefined || (path === 'backendRequest' && at(path) !== FOREVER);
  const notes = parts.filter(([path]) => written(path)).map(([path, words]) => `${words} ${at(path) === FOREVER ? 'for ever' : at(path)}`);
  return { value: at('request') === FOREVER ? 'none' : at('request'), path: 'request', ...(notes.length === 0 ? {} : { note: notes.join(', ') }) };
}
