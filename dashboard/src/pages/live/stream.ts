// The tap as a page holds it: so many of the newest requests, what the control plane says beside, and whether it runs.
import { useEffect, useRef, useState } from 'react';
import type { TapLine, TapRequest } from '../../../../src/api/index.ts';
import { send } from '../../api/client.ts';

/** What a page keeps; older ones are let go. */
export const KEPT = 2000;
/** A page is drawn again at most so often. */
const DRAW_MS = 200;

export interface Tapped {
  /** Newest first, each with a number of its own. */
  readonly rows: readonly { readonly n: number; readonly request: TapRequest }[];
  readonly seen: number;
  readonly dropped: number;
  readonly telling: number;
  readonly waiting: number;
  /** Why it ended by itself; undefined while it runs or was never begun. */
  readonly ended: string | undefined;
  readonly error: unknown;
}

const NOTHING: Tapped = { rows: [], seen: 0, dropped: 0, telling: 0, waiting: 0, ended: undefined, error: undefined };

/** Adds lines to what is held. Pure. */
export function withLines(held: Tapped, lines: readonly TapLine[]): Tapped {
  let { seen, dropped, telling, waiting, ended } = held;
  const fresh: Tapped['rows'][number][] = [];
  for (const line of lines) {
    if (line.kind === 'request') fresh.unshift({ n: seen++, request: line });
    else if (line.kind === 'dropped') dropped += line.count;
    else if (line.kind === 'ended') ended = line.why;
    else if (line.kind === 'standing') [telling, waiting] = [line.telling, line.waiting];
  }
  return { ...held, rows: fresh.length === 0 ? held.rows : [...fresh, ...held.rows].slice(0, KEPT), seen, dropped, telling, waiting, ended };
}

async function* linesOf(response: Response): AsyncGenerator<TapLine> {
  let rest = '';
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line.trim() !== '') yield JSON.parse(line) as TapLine;
  }
}

/** Taps while `running`; begins anew when the question changes. What was held stays when it is stopped. */
export function useTap(query: Readonly<Record<string, string | undefined>>, running: boolean): Tapped & { clear(): void } {
  const [held, setHeld] = useState(NOTHING);
  const waiting = useRef<TapLine[]>([]);
  const key = JSON.stringify(query);
  useEffect(() => {
    if (!running) return;
    const stop = new AbortController();
    const draw = setInterval(() => {
      const lines = waiting.current;
      waiting.current = [];
      if (lines.length > 0) setHeld((before) => withLines(before, lines));
    }, DRAW_MS);
    setHeld((before) => ({ ...before, ended: undefined, error: undefined, telling: 0 }));
    const read = async (): Promise<void> => {
      const response = await send('/weft/v1/tap', { query: JSON.parse(key) as Record<string, string>, signal: stop.signal });
      for await (const line of linesOf(response)) waiting.current.push(line);
      if (!stop.signal.aborted) waiting.current.push({ kind: 'ended', why: 'the control plane ended the stream' });
    };
    read().catch((error: unknown) => {
      if (!stop.signal.aborted) setHeld((before) => ({ ...before, error }));
    });
    return () => {
      stop.abort();
      clearInterval(draw);
    };
  }, [key, running]);
  return { ...held, clear: () => setHeld(NOTHING) };
}
