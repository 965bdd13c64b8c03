import type { ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js';
import { GRPC } from './errors.ts';

/** What one side knows of a call beside its messages. */
export interface CallInfo {
  /** First value of a metadata key (lower case), decoded as text. */
  get(name: string): string | undefined;
  /** The token of `authorization: Bearer …`, if there is one. Nothing is verified. */
  readonly token: string | undefined;
  /** `address:port` of the other end of the connection; for logs and limits, never for identity. */
  readonly peer: string;
  /** Aborts when the caller has gone or its deadline has passed. */
  readonly signal: AbortSignal;
}

/** A message, or its pieces in order: pieces are copied once, into the frame that leaves, never joined before. */
export type Bytes = Uint8Array | readonly Uint8Array[];

/** A bidirectional stream of messages as bytes. Listeners are set once, in the same turn in which the stream is opened. */
export interface ByteStream {
  readonly call: CallInfo;
  onMessage(listener: (bytes: Uint8Array) => void): void;
  /** The client has sent its last message; it still reads. Without a listener the stream is ended with OK. */
  onEnd(listener: () => void): void;
  /** The stream is gone, for whatever reason, our own `end` and `fail` included. Called exactly once, and always. */
  onCancel(listener: () => void): void;
  /**
   * Queues one message. False: the queue is full (the peer does not read fast enough), write no more before `onDrain`;
   * this message is still sent. On a stream that has ended it does nothing and answers false.
   */
  write(bytes: Bytes): boolean;
  /** Called each time there is room again after `write` answered false. */
  onDrain(listener: () => void): void;
  /** Messages in the queue that have not left yet. */
  readonly queued: number;
  /** Ends with OK once what is queued has left. */
  end(): void;
  /** Ends with a gRPC status once what is queued has left. */
  fail(code: number, words: string): void;
}

/** A message as grpc-js wants it: it only asks for the length and copies it behind the frame's header. */
export class Frame {
  readonly byteLength: number;
  readonly #pieces: readonly Uint8Array[];

  constructor(bytes: Bytes) {
    this.#pieces = bytes instanceof Uint8Array ? [bytes] : bytes;
    let length = 0;
    for (const piece of this.#pieces) length += piece.byteLength;
    this.byteLength = length;
  }

  copy(target: Uint8Array, at: number): number {
    let next = at;
    for (const piece of this.#pieces) {
      target.set(piece, next);
      next += piece.byteLength;
    }
    return next - at;
  }
}

const BEARER = /^bearer +(\S+) *$/i;

/** Reads what a call carries beside its messages. */
export function callInfo(call: ServerUnaryCall<Uint8Array, Frame> | ServerDuplexStream<Uint8Array, Frame>): CallInfo {
  const first = (name: string): string | undefined => call.metadata.get(name)[0]?.toString();
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort());
  return { get: first, token: BEARER.exec(first('authorization') ?? '')?.[1], peer: call.getPeer(), signal: gone.signal };
}

export interface StreamEvents {
  /** Told once when the stream is gone. */
  readonly onOver: () => void;
  /** Told once, with the first message that leaves. */
  readonly onAnswer: () => void;
}

/** Dresses a grpc-js call as a ByteStream. */
export function byteStream(call: ServerDuplexStream<Uint8Array, Frame>, { onOver, onAnswer }: StreamEvents): ByteStream {
  let over = false;
  let answered = false;
  let gone = false;
  let onEnd = (): void => end();
  let onCancel = (): void => {};
  const end = (): void => {
    if (over) return;
    over = true;
    call.end();
  };
  const fail = (code: number, words: string): void => {
    if (over) return;
    over = true;
    // grpc-js keeps the status and sends it behind what is queued.
    if (code === GRPC.ok) call.end();
    else call.emit('error', { code, details: words });
  };
  call.on('cancelled', () => {
    if (gone) return;
    over = true;
    gone = true;
    onOver();
    onCancel();
  });
  call.on('end', () => onEnd());
  call.on('error', () => {
    over = true;
  });
  return {
    call: callInfo(call),
    onMessage: (listener) => void call.on('data', (bytes: Uint8Array) => over || listener(bytes)),
    onEnd: (listener) => {
      onEnd = listener;
    },
    onCancel: (listener) => {
      onCancel = listener;
    },
    write: (bytes) => {
      if (over) return false;
      if (!answered) onAnswer();
      answered = true;
      return call.write(new Frame(bytes));
    },
    onDrain: (listener) => void call.on('drain', () => over || listener()),
    get queued() {
      return call.writableLength;
    },
    end,
    fail,
  };
}
