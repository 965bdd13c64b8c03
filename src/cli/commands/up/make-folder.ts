import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandError, EXIT } from '../../exit.ts';

function make(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  // one by one: where a folder cannot be made (below /proc, say), the recursive form of Node 24 does not come back
  if (dirname(directory) !== directory) make(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

/** Makes the data folder with what is above it, 0700. Throws CommandError 1 when it cannot be a folder that this user may write. */
export function makeFolder(directory: string): void {
  try {
    make(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(EXIT.failed, `${directory} cannot be the data folder: ${words}\n  choose another one with --data (WEFT_DATA)`, { cause });
  }
}
