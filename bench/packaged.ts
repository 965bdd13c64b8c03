// Memory as users have it: from sources Node keeps the text of every file and what it made of it, some 80 MB that are in no package.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bundled } from '../scripts/product.ts';
import { THREAD_MEMORY } from '../src/telemetry/thread-memory.ts';

/** Whether this is the packaged form. */
export const isPackaged = (): boolean => process.env['WEFT_BENCH_PACKAGED'] === '1';

/** What Node is told on the command line for a heap like that of a thread that takes messages: two halves and what moves between them are its young. */
const HEAP = [`--max-old-space-size=${THREAD_MEMORY.maxOldGenerationSizeMb}`, `--max-semi-space-size=${THREAD_MEMORY.maxYoungGenerationSizeMb / 3}`];

/** Runs the first of these files bundled, with a heap like that of a thread that takes messages; returns its exit status. */
export async function packaged(...files: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(import.meta.dirname, '..', '.cache', 'bench-'));
  try {
    const entries = files.map((file) => ({ in: file, out: basename(file, '.ts') }));
    await bundled(entries, folder);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const [first] = entries;
    const run = spawnSync(process.execPath, [...HEAP, join(folder, `${first?.out}.js`)], {
      stdio: 'inherit',
      env: { ...process.env, WEFT_BENCH_PACKAGED: '1' },
    });
    return run.status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
