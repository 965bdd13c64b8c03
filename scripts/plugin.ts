// The CNI plugin as one file of JavaScript, which hosts run with a copy of our Node (src/cni/plugin-files.ts).
import { join } from 'node:path';
import { build } from 'esbuild';
import { pureRooms } from './pure-rooms.ts';

const home = join(import.meta.dirname, '..');

export async function buildPlugin(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(home, 'src/cni/plugin-program.ts')],
    outfile,
    bundle: true,
    minify: true,
    // a script without an ending is CommonJS to Node
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    logLevel: 'warning',
    tsconfigRaw: {},
    plugins: [pureRooms],
    absWorkingDir: home,
  });
}
