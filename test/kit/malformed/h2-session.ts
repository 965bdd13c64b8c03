// Many streams on one HTTP/2 connection, each an input; what the server says of each of them is looked at, and nothing more is done: cheap.
import { connect, type TLSSocket } from 'node:tls';
import { FLAG, FRAME, type Frame, FrameReader, frameOf, GREETING } from './h2-frames.ts';
import { someAddress, type Tally } from './sender.ts';

export interface Streams {
  readonly port: number;
  /** Under way at once; less than the server allows. */
  readonly depth: number;
  /** The frames of an input, all of one stream. */
  readonly make: (stream: number) => readonly Buffer[];
}

/** For the answer to one stream. */
const PATIENCE_MS = 1_000;
const LOOK_MS = 100;
const CANCEL = Buffer.from('00000008', 'hex');

class Session {
  readonly #asked: Streams;
  readonly #tally: Tally;
  readonly #socket: TLSSocket;
  readonly #reader = new FrameReader();
  /** When each stream under way was begun, and whether anything was said of it. */
  readonly #under = new Map<number, { readonly at: number; answered: boolean }>();
  #left: number;
  #next = 1;
  #leaving = false;

  constructor(asked: Streams, count: number, tally: Tally) {
    this.#asked = asked;
    this.#tally = tally;
    this.#left = count;
    const at = { port: asked.port, host: '127.0.0.1', localAddress: someAddress() };
    this.#socket = connect({ ...at, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  }

  run(): Promise<void> {
    const look = setInterval(() => this.#look(), LOOK_MS);
    this.#socket.on('error', () => undefined);
    this.#socket.once('secureConnect', () => this.#socket.write(GREETING));
    this.#socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#reader.read(chunk)) this.#take(frame);
      this.#more();
    });
    return new Promise((resolve) => {
      this.#socket.once('close', () => {
        clearInterval(look);
        // What was answered in part was looked at; what else was on its way may not have been.
        for (const { answered } of this.#under.values()) this.#tally[answered ? 'answered' : 'unsent']++;
        this.#tally.unsent += this.#left;
        resolve();
      });
    });
  }

  #more(): void {
    this.#socket.cork();
    while (!this.#leaving && this.#left > 0 && this.#under.size < this.#asked.depth) {
      this.#left--;
      this.#under.set(this.#next, { at: performance.now(), answered: false });
      for (const frame of this.#asked.make(this.#next)) this.#socket.write(frame);
      this.#next += 2;
    }
    this.#socket.uncork();
    if (this.#under.size === 0 && (this.#left === 0 || this.#leaving)) this.#socket.destroy();
  }

  #take({ type, flags, stream, body }: Frame): void {
    if (type === FRAME.settings && (flags & FLAG.ack) === 0) this.#socket.write(frameOf(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)));
    if (type === FRAME.ping && (flags & FLAG.ack) === 0) this.#socket.write(frameOf(FRAME.ping, FLAG.ack, 0, body));
    if (type === FRAME.goaway) this.#leaving = true;
    const under = this.#under.get(stream);
    if (under === undefined) return;
    if (type === FRAME.reset) this.#over(stream, under.answered ? 'answered' : 'closed');
    else if (type === FRAME.headers || type === FRAME.data) {
      under.answered = true;
      if ((flags & FLAG.endStream) !== 0) this.#over(stream, 'answered');
    }
  }

  #over(stream: number, outcome: 'answered' | 'closed' | 'left'): void {
    this.#under.delete(stream);
    this.#tally[outcome]++;
  }

  /** Streams of which nothing came in time are given up. They are in the order in which they were begun. */
  #look(): void {
    for (const [stream, { at, answered }] of this.#under) {
      if (performance.now() - at < PATIENCE_MS) break;
      this.#socket.write(frameOf(FRAME.reset, 0, stream, CANCEL));
      this.#over(stream, answered ? 'answered' : 'left');
    }
    this.#more();
  }
}

/** Sends `count` inputs, each a stream of one connection; those that the end of the connection left alone count as unsent. */
export const streams = (asked: Streams, count: number, tally: Tally): Promise<void> => new Session(asked, count, tally).run();
