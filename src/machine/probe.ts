// Is the application there, and what does it speak? Looked up in the kernel's tables first; a connection is made only to find the protocol.
import type { Socket } from 'node:net';
import { reachable } from './capture/listening.ts';
import type { Captured, Listening } from './capture/port.ts';
import { pause } from './command.ts';

const HEAD = 'HEAD / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: weft-probe\r\nConnection: close\r\n\r\n';

export interface ProbeTimes {
  /** How long a server that speaks first may take to say something. */
  readonly silenceMs: number;
  /** How long an HTTP server may take to answer. */
  readonly answerMs: number;
}

export const PROBE_TIMES: ProbeTimes = { silenceMs: 150, answerMs: 2000 };

/** The first bytes that arrive, '' when the peer closed without any, undefined when none came in time. */
function firstBytes(socket: Socket, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const finish = (bytes: string | undefined): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      resolve(bytes);
    };
    const onData = (chunk: Buffer): void => finish(chunk.toString('latin1'));
    const onEnd = (): void => finish('');
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
    socket.resume();
  });
}

/**
 * What the server on a fresh connection speaks: `tcp` when it speaks first or closes; `http` when it answers a HEAD request with HTTP/1;
 * else `tcp`, which is always right if not always best. Closes the connection.
 */
export async function detectProtocol(socket: Socket, times: ProbeTimes = PROBE_TIMES): Promise<'http' | 'tcp'> {
  socket.on('error', () => {});
  try {
    const greeting = await firstBytes(socket, times.silenceMs);
    if (greeting !== undefined) return greeting.startsWith('HTTP/1.') ? 'http' : 'tcp';
    socket.write(HEAD);
    const answer = await firstBytes(socket, times.answerMs);
    return answer?.startsWith('HTTP/1.') === true ? 'http' : 'tcp';
  } finally {
    socket.destroy();
  }
}

/** Waits until the application listens where Envoy looks for it: 127.0.0.1. Ends early, with false, when the signal aborts. */
export async function awaitListening(captured: Captured, port: number, signal: AbortSignal): Promise<boolean> {
  for (let waitMs = 20; !signal.aborted; waitMs = Math.min(250, waitMs * 1.2)) {
    const listening = captured.listening();
    if (listening === undefined) {
      if (await accepts(captured, port)) return true;
    } else if (listening.some((one) => one.port === port && reachable(one))) return true;
    await pause(waitMs, signal);
  }
  return false;
}

async function accepts(captured: Captured, port: number): Promise<boolean> {
  try {
    (await captured.connect(port)).destroy();
    return true;
  } catch {
    return false;
  }
}

/** Why an application that runs is not reached on its port, in words with a remedy. */
export function describeSilence(port: number, listening: readonly Listening[] | undefined): string {
  const here = (listening ?? []).filter((one) => one.port === port);
  if (here.length > 0) {
    const where = here.map((one) => one.address).join(', ');
    return `the application listens on ${where} port ${port}, where the proxy does not reach it\n  let it listen on 127.0.0.1 or 0.0.0.0`;
  }
  // Envoy's own listeners stand in the same namespace
  const others = [...new Set((listening ?? []).map((one) => one.port))].filter((other) => other < 15_000 || other > 15_100).sort((a, b) => a - b);
  const instead = others.length === 0 || others.length > 8 ? '' : `; it listens on ${others.join(', ')}\n  is --port right?`;
  return `nothing listens on port ${port} yet${instead}`;
}
