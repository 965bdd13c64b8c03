// Frames of HTTP/2 (RFC 9113 §4.1) and headers of HPACK (RFC 7541 §6.2.2, never compressed), as far as a flood wants them.

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 } as const;
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export function frameOf(type: number, flags: number, stream: number, body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(9 + body.length);
  frame.writeUIntBE(body.length, 0, 3);
  frame[3] = type;
  frame[4] = flags;
  frame.writeUInt32BE(stream, 5);
  frame.set(body, 9);
  return frame;
}

/** RFC 7541 §5.1 with a prefix of seven bits. */
function lengthOf(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** A header block; nothing is checked. */
export function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    headers.flatMap(([name, value]) => {
      const [key, text] = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')];
      return [Buffer.from([0]), lengthOf(key.length), key, lengthOf(text.length), text];
    }),
  );
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
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frameOf(FRAME.settings, 0, 0, Buffer.from('00020000000000047fffffff', 'hex')),
  frameOf(FRAME.windowUpdate, 0, 0, Buffer.from('7fff0000', 'hex')),
]);
