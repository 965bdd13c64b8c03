import type { Clock } from '../base/index.ts';
import { type DocumentKey, documentKey } from '../model/index.ts';
import { wordsOf } from './errors.ts';
import type { ControlPorts, ResourceEvent, Source } from './ports.ts';

const LONGEST_PAUSE_MS = 10_000;

export interface IntakeOptions {
  readonly source: Source;
  readonly clock: Clock;
  readonly log: ControlPorts['log'];
  /** Documents known so far: after a source was opened again, those it no longer has are deleted. */
  readonly known: () => Iterable<DocumentKey>;
  readonly take: (events: readonly ResourceEvent[]) => void;
}

/**
 * Reads the source until the signal aborts. A source that ends or fails is opened again, after 100 ms, 200 ms … at most 10 s;
 * its first batch then is everything there is, so what went missing meanwhile is told as deleted. The proxies notice nothing.
 */
export async function readSource(options: IntakeOptions, signal: AbortSignal): Promise<void> {
  for (let pauseMs = 100; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      let first = true;
      for await (const batch of options.source.events(signal)) {
        if (signal.aborted) return;
        options.take(first ? [...batch, ...missing(batch, options.known())] : batch);
        first = false;
        pauseMs = 100;
      }
      if (signal.aborted) return;
      options.log('warn', 'the source of documents ended; opening it again', { pauseMs });
    } catch (error) {
      if (signal.aborted) return;
      options.log('error', 'the source of documents failed; opening it again', { pauseMs, error: wordsOf(error) });
    }
    await pause(options.clock, pauseMs, signal);
  }
}

function missing(batch: readonly ResourceEvent[], known: Iterable<DocumentKey>): readonly ResourceEvent[] {
  const there = new Set(batch.map((event) => (event.kind === 'put' ? documentKey(event.document) : event.key)));
  return [...known].filter((key) => !there.has(key)).map((key) => ({ kind: 'delete', key }));
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, done);
    function done(): void {
      signal.removeEventListener('abort', done);
      cancel();
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
