// Inputs that end their connection: each has one of its own, through TLS where it is meant for what is behind it.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Kind, type Outcome, someAddress, type Target } from './sender.ts';

const PATIENCE_MS = 2_000;

/** Writes, ends, and looks what comes: bytes, the end, or nothing. */
function tell(socket: Socket, bytes: Buffer): Promise<Outcome> {
  return new Promise((resolve) => {
    let [answered, sent, late] = [false, false, false];
    socket.once('data', () => {
      answered = true;
    });
    socket.setTimeout(PATIENCE_MS, () => {
      late = true;
      socket.destroy();
    });
    socket.once('close', () => resolve(answered ? 'answered' : late ? 'left' : sent ? 'closed' : 'unsent'));
    socket.end(bytes, () => {
      sent = true;
    });
    socket.resume();
  });
}

/** One input on a connection of its own. */
export async function plain(port: number, bytes: Buffer): Promise<Outcome> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: someAddress() }).on('error', () => undefined);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
  return socket.destroyed ? 'unsent' : tell(socket, bytes);
}

/** One input in a TLS connection of its own. */
export async function secured(port: number, bytes: Buffer, protocol: string): Promise<Outcome> {
  const options = { port, host: '127.0.0.1', localAddress: someAddress(), rejectUnauthorized: false, ALPNProtocols: [protocol] };
  const socket = connectTls(options).on('error', () => undefined);
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => undefined);
  return socket.destroyed ? 'unsent' : tell(socket, bytes);
}

/** A kind of which each input has a connection of its own. */
export const oneByOne = (weight: number, atOnce: number, send: (target: Target) => Promise<Outcome>): Kind => ({
  weight,
  batch: 1,
  atOnce,
  send: async (target, count, tally) => {
    for (let n = 0; n < count; n++) tally[await send(target)]++;
  },
});
