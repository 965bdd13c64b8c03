import { join, sep } from 'node:path';
import type { Plugin } from 'esbuild';

const home = join(import.meta.dirname, '..');

/** Importing a room does nothing by itself (house rule), so what nobody uses of it may be left out; only the entry is kept as it is. */
export const pureRooms: Plugin = {
  name: 'pure-rooms',
  setup: ({ onResolve, resolve }) => {
    onResolve({ filter: /^\./ }, async ({ path, pluginData, importer, kind, resolveDir }) => {
      if (pluginData === 'resolved' || !importer.startsWith(join(home, 'src') + sep)) return undefined;
      const found = await resolve(path, { importer, kind, resolveDir, pluginData: 'resolved' });
      return found.errors.length > 0 ? found : { ...found, sideEffects: false };
    });
  },
};
