// `weft gateway`: an Envoy that serves the listeners of one Gateway, with no application beside it.
import { pause } from './command.ts';
import type { RunOptions } from './options.ts';
import { serveUntilTold } from './serve-until-told.ts';
import { LAST_ANSWERS_SECONDS, REAL_PARTS, type RunParts, type Standing } from './set-up.ts';

/** Envoy looks at its clock itself when it closes its listeners. */
const CLOSING_MS = 500;

/** Lets Envoy say on every connection that it is the last answer, then stops taking new ones, and waits for what is under way. */
async function windDown(options: RunOptions, { envoy, lease }: Standing, now: AbortSignal): Promise<void> {
  await lease.drain({ minMs: 0, maxMs: 1000, signal: now });
  await envoy.drainListeners();
  const telling = Math.min(LAST_ANSWERS_SECONDS, Math.max(1, options.drainSeconds)) * 1000;
  const until = performance.now() + Math.max(options.drainSeconds * 1000, telling + CLOSING_MS);
  await pause(telling + CLOSING_MS, now);
  while (!now.aborted && performance.now() < until && (await envoy.active()) > 0) await pause(100, now);
}

/** What a port that cannot be bound means to whoever started this, once for each. */
function bindTrouble(tell: (line: string) => void): (line: string) => void {
  const told = new Set<string>();
  return (line) => {
    const found = /cannot bind '([^']+)': ([^\n]+)/.exec(line);
    if (found === null || told.has(found[0])) return;
    told.add(found[0]);
    const port = Number(found[1]?.slice(found[1].lastIndexOf(':') + 1));
    const remedy = /denied/i.test(found[2] ?? '') && port < 1024 ? '\n  ports below 1024 are root’s: run as root, or let the Gateway have a higher port' : '';
    tell(`cannot listen on ${found[1]}: ${found[2]}${remedy}`);
  };
}

/**
 * Serves a Gateway until SIGTERM or SIGINT arrives; returns the exit code (0 after an orderly end). Throws WeftErrors of `MACHINE_ERRORS`
 * before it serves. Must be called on the main thread.
 */
export function runGateway(options: RunOptions, given: Partial<RunParts> = {}): Promise<number> {
  const parts = { ...REAL_PARTS, ...given };
  const what = options.gateway?.fallbackPort === undefined ? 'gateway ' : '';
  return serveUntilTold(options, parts, {
    notice: bindTrouble(parts.tell),
    begin: async ({ joined, captured }) => `${what}${options.service} joined as ${joined.identity}   listens on ${captured.bind}`,
    windDown: (standing, now) => windDown(options, standing, now),
  });
}
