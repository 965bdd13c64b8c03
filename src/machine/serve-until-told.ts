// What `weft gateway` and `weft node` have in common: a proxy without an application beside it.
import { constants } from 'node:os';
import type { RunOptions } from './options.ts';
import { type RunParts, type Standing, setUp, type Undo } from './set-up.ts';
import { aborted, Signals } from './signals.ts';

/** What one kind of proxy does in its own way. */
export interface Serving {
  /** Told what Envoy says that a user should know. */
  readonly notice?: (line: string) => void;
  /** The proxy stands: begin what it is for. Answers with the line that says so; what it adds to `undo` is undone at the end, last first. */
  readonly begin: (standing: Standing, undo: Undo) => Promise<string>;
  /** Lets what is under way end; a second signal (`now`) cuts it short. */
  readonly windDown: (standing: Standing, now: AbortSignal) => Promise<void>;
}

/**
 * Sets a proxy up and has it serve until SIGTERM or SIGINT arrives. Returns the exit code: 0 after an orderly end, 128 and the signal when
 * one arrived before it served. Throws WeftErrors of `MACHINE_ERRORS` before it serves. Must be called on the main thread.
 */
export async function serveUntilTold(options: RunOptions, parts: RunParts, serving: Serving): Promise<number> {
  const began = performance.now();
  const signals = Signals.listen(false);
  const undo: Undo = [];
  const { notice } = serving;
  try {
    const settingUp = setUp(options, parts, { undo, stop: signals.stop, ...(notice === undefined ? {} : { notice }) });
    const standing = await Promise.race([settingUp, aborted(signals.now).then(() => undefined)]);
    if (standing === undefined || signals.stop.aborted) return 128 + constants.signals[signals.received ?? 'SIGTERM'];
    const line = await serving.begin(standing, undo);
    if (!options.quiet) parts.tell(`✔ ${line}   ready in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    void standing.lease.report({ state: 'Ready' });
    await aborted(signals.stop);
    await serving.windDown(standing, signals.now);
    return 0;
  } finally {
    for (const step of undo.reverse()) await Promise.resolve(step()).catch((error: unknown) => parts.tell(`could not clean up: ${String(error)}`));
    signals.close();
  }
}
