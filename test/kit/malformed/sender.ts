// What is sent where, and how it is counted.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Target {
  readonly api: number;
  readonly xds: number;
  readonly bundle: number;
  /** Of the webhooks. */
  readonly webhooks: number;
  /** The admin token: what comes behind the gate is tried as well. */
  readonly token: string;
  /** A proxy's own. */
  readonly proxyToken: string;
}

/**
 * What became of an input. `answered`: with words of the protocol (a status, an alert, a frame); `closed`: the connection was ended; `left`: nothing came in
 * time; `unsent`: there was no connection to send it in, so it counts for nothing.
 */
export type Outcome = 'answered' | 'closed' | 'left' | 'unsent';
export type Tally = Record<Outcome, number>;
export const nothing = (): Tally => ({ answered: 0, closed: 0, left: 0, unsent: 0 });

export interface Kind {
  /** Of so many inputs to the listener, how many are of this kind. */
  readonly weight: number;
  /** At once on as few connections as the protocol allows. */
  readonly batch: number;
  /** Sends `count` inputs, and tells of each in `tally`. */
  send(target: Target, count: number, tally: Tally): Promise<void>;
}

const PATIENCE_MS = 400;

/** Writes, and looks what comes: bytes, the end, or nothing. */
export async function tell(socket: Socket, bytes: Buffer): Promise<Outcome> {
  let answered = false;
  let sent = false;
  socket.once('data', () => {
    answered = true;
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket.destroy();
  }, PATIENCE_MS);
  socket.end(bytes, () => {
    sent = true;
  });
  await once(socket, 'close').catch(() => undefined);
  clearTimeout(timer);
  return answered ? 'answered' : !sent ? 'unsent' : late ? 'left' : 'closed';
}

/** One input on a connection of its own. */
export async function plain(port: number, bytes: Buffer): Promise<Outcome> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect').catch(() => undefined);
  return socket.destroyed ? 'unsent' : tell(socket, bytes);
}

/** One input in a TLS connection of its own. */
export async function secured(port: number, bytes: Buffer, protocol: string): Promise<Outcome> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [protocol] }).on('error', () => undefined);
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => undefined);
  return socket.destroyed ? 'unsent' : tell(socket, bytes);
}

/** A kind of which each input has a connection of its own. */
export const oneByOne = (weight: number, send: (target: Target) => Promise<Outcome>): Kind => ({
  weight,
  batch: 1,
  send: async (target, _count, tally) => {
    tally[await send(target)]++;
  },
});
