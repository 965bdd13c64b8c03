import { connect } from 'node:net';

const WAIT_MS = 1000;
/** Addresses that mean all of a machine's own are asked at its loopback. */
const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Whether something takes connections at `host:port` (IPv6 in brackets). */
export function listens(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host: ANY[host] ?? host, port: Number(address.slice(colon + 1)) });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(WAIT_MS, () => done(false));
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}
