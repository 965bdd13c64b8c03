// Frames of HTTP/2 (RFC 9113 §4.1) and headers of HPACK (RFC 7541 §6.2.2, never compressed), as far as floods and attacks want them.

export const FRAME = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const;
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export function frameOf(type: number, flags: number, stream: number, body: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(9 + body.length);
  frame.writeUIntBE(body.length, 0, 3);
  frame[3] = type;
  frame[4] = flags;
  frame.writeUInt32BE(stream, 5);
  frame.set(body, 9);
  return frame;
}

/** A number behind `first`, in a prefix of so many bits (RFC 7541 §5.1). */
export function prefixed(bits: number, first: number, value: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.from([first | value]);
  const bytes = [first | most];
  let rest = value - most;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** A string without Huffman's code (§5.2). */
export function literal(value: string): Buffer {
  const text = Buffer.from(value, 'latin1');
  return Buffer.concat([prefixed(7, 0, text.length), text]);
}

/** A header block; nothing is checked. */
export function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly body: Buffer;
}

/** Takes bytes as they come, and gives whole frames. */
export class FrameReader {
  #came: Buffer = Buffer.alloc(0);

  *read(chunk: Buffer): Iterable<Frame> {
    this.#came = this.#came.length === 0 ? chunk : Buffer.concat([this.#came, chunk]);
    while (this.#came.length >= 9) {
      const end = 9 + this.#came.readUIntBE(0, 3);
      if (this.#came.length < end) return;
      const frame = this.#came.subarray(0, end);
      this.#came = this.#came.subarray(end);
      yield { type: frame[3] ?? 0, flags: frame[4] ?? 0, stream: frame.readUInt32BE(5) & 0x7fff_ffff, body: frame.subarray(9) };
    }
  }
}

/** What a client says first: no pushes, and room for all that comes. */
export const GREETING = Buffer.concat([
  PREFACE,
  frameOf(FRAME.settings, 0, 0, Buffer.from('00020000000000047fffffff', 'hex')),
  frameOf(FRAME.windowUpdate, 0, 0, Buffer.from('7fff0000', 'hex')),
]);
