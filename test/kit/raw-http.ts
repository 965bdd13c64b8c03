// HTTP/1.1 as bytes: what a client says is what is sent, spelled as it likes.
import { connect, type Socket } from 'node:net';

export interface Heard {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** Names in lower case; several values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function unchunked(text: string): string {
  let rest = text;
  let body = '';
  for (;;) {
    const end = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.slice(0, end), 16);
    if (end < 0 || !(size > 0)) return body;
    body += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 4 + size);
  }
}

function parse(text: string): Heard {
  const split = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, split < 0 ? 0 : split).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).toLowerCase();
    const value = line.slice(at + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const body = text.slice(split + 4);
  return { status: Number(first.split(' ')[1] ?? 0), headers, body: headers['transfer-encoding'] === 'chunked' ? unchunked(body) : body };
}

/** Whether an answer is there as a whole: a proxy keeps the connection a while for a client that still talks. */
function isWhole(text: string): boolean {
  const split = text.indexOf('\r\n\r\n');
  if (split < 0) return false;
  const head = text.slice(0, split).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) return text.length >= split + 4 + Number(length);
  return /\r\ntransfer-encoding: *chunked/.test(head) && text.endsWith('0\r\n\r\n');
}

/** One answer, or what comes until the connection ends. */
export function readAnswer(socket: Socket): Promise<Heard> {
  return new Promise((done) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => done(parse(text)));
  });
}

/** A request on a connection of its own. `lines` are its headers as they are written. */
export function requestText(method: string, target: string, lines: readonly string[]): string {
  return [`${method} ${target} HTTP/1.1`, ...lines, 'connection: close', '', ''].join('\r\n');
}

/** Sends bytes to a port of this machine and reads the answer. */
export function askRaw(port: number, text: string): Promise<Heard> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text, 'latin1');
  return readAnswer(socket);
}
