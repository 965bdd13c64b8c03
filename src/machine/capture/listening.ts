// What listens in a network namespace, read from proc(5) `net/tcp` and `net/tcp6`: no connection is made to find out.
import { readFileSync } from 'node:fs';
import type { Listening } from './port.ts';

const LISTEN = '0A';

/** Addresses are hex in host byte order, per 32-bit word (little endian on every platform Weft runs on). */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16));
  const text = groups.join(':').replace(/(?:^|:)(?:0(?::|$)){2,}/, '::');
  return text;
}

/** Listening sockets out of the text of `/proc/net/tcp` or `tcp6`. Unknown lines are passed over. */
export function parseListening(text: string): readonly Listening[] {
  return text.split('\n').flatMap((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    if (local === undefined || state !== LISTEN) return [];
    const [address = '', port = ''] = local.split(':');
    return [{ address: addressOf(address), port: Number.parseInt(port, 16) }];
  });
}

/** What listens in the namespace of a process ('self': ours); undefined where there is no /proc. */
export function listeningOf(pid: number | 'self'): readonly Listening[] | undefined {
  const read = (name: string): string => {
    try {
      return readFileSync(`/proc/${pid}/net/${name}`, 'utf8');
    } catch {
      return '';
    }
  };
  const tcp = read('tcp');
  return tcp === '' ? undefined : [...parseListening(tcp), ...parseListening(read('tcp6'))];
}

/** Envoy reaches an application at 127.0.0.1; a socket on another address than this, or than all addresses, it does not reach. */
export function reachable({ address }: Listening): boolean {
  return address === '0.0.0.0' || address === '::' || address === '127.0.0.1';
}
