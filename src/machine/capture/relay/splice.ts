import type { Socket } from 'node:net';

/** What a relay has done, for `weft run -v` and tests. */
export interface RelayCounts {
  opened: number;
  open: number;
  /** Turned away because too many were open. */
  refused: number;
  /** The other side could not be reached, or broke. */
  failed: number;
}

export function noCounts(): RelayCounts {
  return { opened: 0, open: 0, refused: 0, failed: 0 };
}

/**
 * Joins two sockets, both made with `allowHalfOpen`: an end on one side becomes an end on the other and nothing more, a reset becomes a
 * reset, and a slow reader slows the writer (pipe waits for drain). Counted until both are closed.
 */
export function splice(a: Socket, b: Socket, counts: RelayCounts): void {
  counts.opened++;
  counts.open++;
  let left = 2;
  let broken = false;
  const breakBoth = (): void => {
    if (!broken) counts.failed++;
    broken = true;
    abort(a);
    abort(b);
  };
  const closed = (one: Socket, other: Socket): void => {
    left--;
    if (left === 0) counts.open--;
    // closed before its own end was passed on: nothing more can come or go
    else if (!one.readableEnded || !one.writableFinished) abort(other);
  };
  a.on('error', breakBoth);
  b.on('error', breakBoth);
  a.once('close', () => closed(a, b));
  b.once('close', () => closed(b, a));
  a.pipe(b);
  b.pipe(a);
}

/** Ends a socket so that the peer sees a reset (TCP) and not a clean end: a cut answer must not look complete. */
export function abort(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.localPort === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
