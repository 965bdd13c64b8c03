// Lines of JSON on a node's socket (api's ToNode, FromNode).
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { FromNode, NodeWelcome, ToNode } from '../../api/index.ts';

/** No line is longer: a bootstrap and some certificates. */
const MOST_BYTES = 1024 * 1024;

/** Tells of every line as a value, undefined where it is none; ends a connection that sends what is no line. */
export function readLines(socket: Socket, hear: (value: unknown) => void): void {
  let waiting = 0;
  socket.on('data', (chunk: Buffer) => {
    waiting = chunk.includes(10) ? 0 : waiting + chunk.byteLength;
    if (waiting > MOST_BYTES) socket.destroy();
  });
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => hear(parsed(line)));
  // what is wrong with the socket, whoever holds it hears himself
  lines.on('error', () => {});
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Sends one line. */
export function say(socket: Socket, value: ToNode | FromNode | NodeWelcome): void {
  if (socket.writable) socket.write(`${JSON.stringify(value)}\n`);
}
