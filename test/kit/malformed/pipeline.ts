// Requests that are right as HTTP/1.1 one behind the other on a connection (RFC 9112 §9.3.2), several under way: a request costs its bytes and nothing more.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Outcome, ServerFailed, someAddress, type Tally } from './sender.ts';

export interface Pipeline {
  readonly port: number;
  readonly tls: boolean;
  /** Under way at once. */
  readonly depth: number;
  /** A whole request. */
  readonly make: () => Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CHUNKS_END = Buffer.from('\r\n0\r\n\r\n');
const PATIENCE_MS = 5_000;
/** After it was told that there are too many. */
const PAUSE_MS = 100;

interface Answer {
  readonly status: number;
  /** Of head and body. */
  readonly bytes: number;
  /** Nothing behind this request is looked at. */
  readonly last: boolean;
}

/** The answer at the beginning of what came; undefined while it is not whole. */
function answerIn(came: Buffer): Answer | undefined {
  const end = came.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = came.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const bytes = end + 4 + (length === undefined ? chunkedIn(came, end + 4, head) : Number(length));
  return came.length >= bytes ? { status, bytes, last: /\r\nconnection: *close/i.test(head) } : undefined;
}

/** How long a body is that says so at its end. */
function chunkedIn(came: Buffer, from: number, head: string): number {
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return 0;
  const end = came.indexOf(CHUNKS_END, from - 2);
  return end < 0 ? Number.POSITIVE_INFINITY : end + CHUNKS_END.length - from;
}

function opened({ port, tls }: Pipeline): Socket {
  const at = { port, host: '127.0.0.1', localAddress: someAddress() };
  return tls ? connectTls({ ...at, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }) : connect(at);
}

const outcomeOf = (status: number): Outcome => (status === 429 ? 'limited' : 'answered');

/** Sends `count` requests on one connection; those behind one that ended it count as unsent. */
export function pipeline(asked: Pipeline, count: number, tally: Tally): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = opened(asked);
    const under: Buffer[] = [];
    let came: Buffer = Buffer.alloc(0);
    let [left, late, paused, begun, last] = [count, false, false, false, false];
    const more = (): void => {
      socket.cork();
      while (!paused && left > 0 && under.length < asked.depth) {
        const request = asked.make();
        left--;
        under.push(request);
        socket.write(request);
      }
      socket.uncork();
      if (left === 0 && under.length === 0) socket.destroy();
    };
    const pause = (): void => {
      if (paused) return;
      paused = true;
      setTimeout(() => {
        paused = false;
        more();
      }, PAUSE_MS);
    };
    const read = (chunk: Buffer): void => {
      begun = true;
      came = came.length === 0 ? chunk : Buffer.concat([came, chunk]);
      for (let answer = answerIn(came); answer !== undefined && under.length > 0; answer = answerIn(came)) {
        const request = under.shift();
        if (answer.status >= 500 && answer.status !== 503) reject(new ServerFailed(`${answer.status} to ${request?.toString('base64')}`));
        tally[outcomeOf(answer.status)]++;
        if (answer.status === 429) pause();
        last = answer.last;
        if (last) return void socket.destroy();
        came = came.subarray(answer.bytes);
      }
      more();
    };
    socket.on('error', () => undefined);
    socket.on('data', read);
    socket.setTimeout(PATIENCE_MS, () => {
      late = true;
      socket.destroy();
    });
    socket.once('close', () => {
      // The first without an answer is what it was ended for; nobody has looked at those behind it.
      if (under.length > 0 && !last && (begun || late)) {
        under.shift();
        tally[late ? 'left' : 'closed']++;
      }
      tally.unsent += left + under.length;
      resolve();
    });
    more();
  });
}
