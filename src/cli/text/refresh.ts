import { setTimeout as wait } from 'node:timers/promises';
import type { Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';

const CLEAR = '\u001b[H\u001b[2J\u001b[3J';
export const REFRESH_MS = 2000;

/** Prints what `text` gives, again and again until ^C: on a terminal in place, else one below the other. */
export async function refresh({ io }: Invocation, text: () => Promise<string>, everyMs = REFRESH_MS): Promise<ExitCode> {
  while (!io.signal.aborted) {
    const shown = await text();
    if (io.signal.aborted) break;
    io.out(io.terminal ? `${CLEAR}${shown}` : shown);
    await wait(everyMs, undefined, { signal: io.signal }).catch(() => undefined);
  }
  return EXIT.interrupted;
}
