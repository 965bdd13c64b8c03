// Callers that are not in the mesh: plaintext from the machine itself.
import { connect } from 'node:net';

export interface Heard {
  /** What the server sent until it closed, or until `enough` matched; '' when nothing came. */
  readonly text: string;
  /** How it ended: `enough`, `end`, or the error's code. */
  readonly end: string;
}

/** Connects, says something (or waits to be spoken to), and listens. */
export function sayPlainly(port: number, words: string, enough = /\r\n\r\n/, host = '127.0.0.1'): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let text = '';
    const finish = (end: string): void => {
      socket.destroy();
      resolve({ text, end });
    };
    socket.setTimeout(20_000, () => finish('silence'));
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? 'error'));
    socket.on('end', () => finish('end'));
    socket.on('data', (chunk) => {
      text += chunk;
      if (enough.test(text)) finish('enough');
    });
    socket.on('connect', () => words !== '' && socket.write(words));
  });
}

/** One request of HTTP/1.1; the answer as it came. */
export function askPlainly(port: number, headers: Readonly<Record<string, string>> = {}, path = '/'): Promise<Heard> {
  const lines = Object.entries({ host: 'witness', connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return sayPlainly(port, `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, /\n0\r\n\r\n$/);
}
