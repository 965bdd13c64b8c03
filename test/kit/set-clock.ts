// The wall clock of a mesh's processes, set by a test: a small library (set-clock.c) is loaded into whatever is started while it is on.
// The monotonic clock goes on as it is, as when somebody sets a machine's clock. Needs a C compiler.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SetClock {
  /** Seconds that the processes' clock is ahead of this one's; holds at once. */
  set(seconds: number): void;
  readonly seconds: number;
  /** What is started from now on has the clock of the machine. */
  off(): void;
}

/** Begins with the machine's time. */
export function setClock(): SetClock {
  const folder = mkdtempSync(join(tmpdir(), 'weft-clock-'));
  // Envoy has a user of its own
  chmodSync(folder, 0o755);
  const [library, file] = [join(folder, 'clock.so'), join(folder, 'clock')];
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, join(import.meta.dirname, 'set-clock.c')], { stdio: ['ignore', 'inherit', 'inherit'] });
  let now = 0;
  const write = (seconds: number): void => {
    now = seconds;
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    writeFileSync(file, bytes, { flag: 'r+' });
  };
  writeFileSync(file, Buffer.alloc(8), { mode: 0o644 });
  Object.assign(process.env, { LD_PRELOAD: library, WEFT_TEST_CLOCK: file });
  return {
    set: write,
    get seconds() {
      return now;
    },
    off: () => {
      for (const name of ['LD_PRELOAD', 'WEFT_TEST_CLOCK']) delete process.env[name];
    },
  };
}
