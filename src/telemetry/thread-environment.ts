import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/**
 * The environment of a thread that begins where this one compiles from a cache. A thread does not inherit the cache (`module.enableCompileCache` is for
 * the thread that calls it), and without it each of them compiles Envoy's messages again at every start.
 */
export function threadEnvironment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  // what is answered ends in a folder for this version of Node, which the variable has none of
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(cache) };
}
