import { createRequire } from 'node:module';

/** Weft's own version, from package.json (which the bundle carries, too). */
export const WEFT_VERSION: string = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
