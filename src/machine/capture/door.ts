// Node cannot enter a network namespace, but a socket keeps the namespace it was made in. So a short-lived Node process goes inside,
// makes the socket, and hands it to us over its IPC channel. What is done with it then happens here, where the tests are.
import { spawn } from 'node:child_process';
import { Socket as DatagramSocket } from 'node:dgram';
import { Socket } from 'node:net';

// Plain JavaScript for `node -e`. The socket is paused before it connects: a byte read in there would be lost.
const SCRIPT = `
const [kind, host, port] = process.argv.slice(1);
const hand = (word, handle) => process.send(word, handle, () => process.exit(0));
const failed = (error) => hand({ error: error.code ?? error.message });
if (kind === 'tcp') {
  const socket = new (require('node:net').Socket)({ allowHalfOpen: true });
  socket.pause();
  socket.once('error', failed);
  socket.connect(Number(port), host, () => hand({}, socket));
} else {
  const socket = require('node:dgram').createSocket('udp4');
  socket.once('error', failed);
  socket.bind(Number(port), host, () => hand({}, socket));
}
`;

export interface DoorRequest {
  readonly kind: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
}

/** Opens a socket inside. `enter` is the command that goes there (`nsenter …`). Rejects with the error's code, e.g. ECONNREFUSED. */
function openInside(enter: readonly string[], { kind, host, port }: DoorRequest): Promise<unknown> {
  const [file = process.execPath, ...args] = [...enter, process.execPath, '-e', SCRIPT, '--', kind, host, String(port)];
  const { NODE_OPTIONS: _, ...env } = process.env; // an inspector or a loader of the user's is not for this process
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env, cwd: '/' });
  return new Promise((resolve, reject) => {
    let words = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error('ETIMEDOUT'));
    }, 10_000);
    child.stderr?.on('data', (chunk: Buffer) => {
      words += chunk.toString();
    });
    child.on('message', (message, handle) => {
      const { error } = message as { readonly error?: string };
      if (error === undefined) resolve(handle);
      else reject(new Error(error));
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(words.trim() === '' ? `ended with code ${code}` : words.trim()));
    });
  });
}

/** A TCP connection made inside, paused. */
export async function connectInside(enter: readonly string[], host: string, port: number): Promise<Socket> {
  const socket = await openInside(enter, { kind: 'tcp', host, port });
  if (socket instanceof Socket) return socket;
  throw new Error('no socket came back');
}

/** A UDP socket bound inside. */
export async function bindInside(enter: readonly string[], host: string, port: number): Promise<DatagramSocket> {
  const socket = await openInside(enter, { kind: 'udp', host, port });
  if (socket instanceof DatagramSocket) return socket;
  throw new Error('no socket came back');
}
