// A disk that is full, or fails to sync, for as long as a test wants. Needs root and a C compiler.
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FailingDisk extends Disposable {
  fail(): void;
  heal(): void;
}

const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'inherit', 'inherit'] };

/** A file system in memory at `folder`, of so many megabytes: `fail` leaves no room on it. */
export function fullDisk(folder: string, megabytes: number): FailingDisk {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'weft-test', folder], quiet);
  const filler = join(folder, 'filler');
  const heal = (): void => rmSync(filler, { force: true });
  return {
    fail: () => {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    heal,
    [Symbol.dispose]: () => {
      heal();
      execFileSync('umount', ['-l', folder], quiet);
    },
  };
}

/** For processes that are started before it is disposed: `fail` lets no sync succeed. */
export function unsyncedDisk(): FailingDisk {
  const folder = mkdtempSync(join(tmpdir(), 'weft-sync-'));
  const [library, file] = [join(folder, 'sync.so'), join(folder, 'fails')];
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, join(import.meta.dirname, 'failing-sync.c')], quiet);
  Object.assign(process.env, { LD_PRELOAD: library, WEFT_TEST_NO_SYNC: file });
  return {
    fail: () => writeFileSync(file, ''),
    heal: () => rmSync(file, { force: true }),
    [Symbol.dispose]: () => {
      for (const name of ['LD_PRELOAD', 'WEFT_TEST_NO_SYNC']) delete process.env[name];
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
