import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Weft's own version, from package.json (which the bundle carries, too). */
export const WEFT_VERSION: string = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;

/** The built files of the dashboard: beside the sources, and in the package. */
export const PAGE_FOLDER: string = fileURLToPath(new URL('../../dist/dashboard', import.meta.url));
