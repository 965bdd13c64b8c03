// Folders that are still there after the power was cut.
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The names in a folder are on disk when this returns (fsync(2): syncing a file does not sync the entry of its folder). */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The same for a folder that may not be ours: what nobody may read there is its owner's to keep. */
function syncAbove(path: string): void {
  try {
    syncFolder(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  }
}

/**
 * Makes a folder that only its owner can enter, with those above it that are missing, all on disk when this returns: also one that was made before, by
 * who did not come to that any more. One that is there keeps its mode.
 */
export function makeFolder(path: string): void {
  const whole = resolve(path);
  const highest = dirname(mkdirSync(whole, { recursive: true, mode: 0o700 }) ?? whole);
  for (let above = dirname(whole); ; above = dirname(above)) {
    syncAbove(above);
    if (above === highest || above === dirname(above)) return;
  }
}
