import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WeftError } from '../../base/index.ts';

/** The plugin as the build made it (scripts/plugin.ts): beside the product's own files, or, from sources, in `dist`. Throws WeftError where it was not built. */
export function pluginScript(): string {
  const found = ['..', '../../../dist'].map((up) => join(import.meta.dirname, up, 'weft-cni.cjs')).find((path) => existsSync(path));
  if (found !== undefined) return readFileSync(found, 'utf8');
  throw new WeftError('agent/plugin', { retryable: false, grpc: 9, http: 412 }, 'the CNI plugin is not built: npm run build');
}
