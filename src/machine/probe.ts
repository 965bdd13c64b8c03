// Is the application there, and what does it speak? Looked up in the kernel's tables first; a connection is made only to find the protocol.
import type { Socket } from 'node:net';
import { reachable } from './capture/listening.ts';
import type { Captured, Listening } from './capture/port.ts';
import { pause } from './command.ts';

/** RFC 9113, §3.4: the client's preface and an empty SETTINGS frame. */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00';
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
 * What a server speaks. `tcp` when it speaks first, and not HTTP. Then it is sent the preface of HTTP/2, which an HTTP server of either version answers
 * in its parser, so that no handler of the application runs: with SETTINGS, or with an error in HTTP/1. One that does neither is asked
 * again with a HEAD request, on a connection of its own. Everything else is `tcp`, which is always right if not always best.
 */
export async function detectProtocol(dial: () => Promise<Socket>, times: ProbeTimes = PROBE_TIMES): Promise<Spoken> {
  const first = await exchange(dial, PREFACE, times);
  if (first === GREETED) return 'tcp';
  const spoken = read(first);
  if (spoken !== undefined) return spoken;
  const second = await exchange(dial, HEAD, { ...times, silenceMs: 0 });
  return second !== GREETED && read(second) === 'http' ? 'http' : 'tcp';
}

export type Spoken = 'http' | 'h2c' | 'tcp';

/** What stands for "it spoke first, and not HTTP". */
const GREETED = Symbol('greeted');
const SETTINGS = 4;

function read(answer: string | undefined): Spoken | undefined {
  if (answer?.startsWith('HTTP/1.') === true) return 'http';
  return answer !== undefined && isSettings(answer) ? 'h2c' : undefined;
}

/** The head of a SETTINGS frame: on stream 0, entries of six bytes. A server may send its own before it is asked. */
function isSettings(bytes: string): boolean {
  const at = (index: number): number => bytes.charCodeAt(index);
  const length = at(0) * 65_536 + at(1) * 256 + at(2);
  return bytes.length >= 9 && length % 6 === 0 && at(3) === SETTINGS && at(5) + at(6) + at(7) + at(8) === 0;
}

/** The server's answer to `question`, once it has been silent for a while; closes the connection. */
async function exchange(dial: () => Promise<Socket>, question: string, times: ProbeTimes): Promise<string | undefined | typeof GREETED> {
  const socket = await dial();
  socket.on('error', () => {});
  try {
    const greeting = times.silenceMs === 0 ? undefined : await firstBytes(socket, times.silenceMs);
    if (greeting !== undefined) return read(greeting) === undefined ? GREETED : greeting;
    socket.write(question, 'latin1');
    return await firstBytes(socket, times.answerMs);
  } finally {
    socket.destroy();
  }
}

/**
 * Ports on which strangers' bytes would be logged as an attack or count as a failed login, and whose servers often speak first. They are
 * never probed (the same list as Linkerd's opaque ports, with AMQP, MongoDB, Kafka and SQL Server).
 */
const NEVER_PROBED: ReadonlySet<number> = new Set([25, 465, 587, 1433, 3306, 4444, 5432, 5672, 6379, 9092, 9300, 11211, 27017]);

export function mayBeProbed(port: number): boolean {
  return !NEVER_PROBED.has(port);
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
