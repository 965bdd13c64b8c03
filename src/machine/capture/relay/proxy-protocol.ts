import { isIPv4 } from 'node:net';

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

export interface Ends {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
}

function bytesOfIPv6(address: string): Buffer {
  const plain = address.replace(/%.*$/, '');
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(plain);
  const hex = (high = '0', low = '0'): string => ((Number(high) << 8) | Number(low)).toString(16);
  const text = dotted === null ? plain : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [head = '', tail] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const all = [...before, ...new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  const out = Buffer.alloc(16);
  all.slice(0, 8).forEach((group, at) => {
    out.writeUInt16BE(Number.parseInt(group, 16), 2 * at);
  });
  return out;
}

/**
 * The PROXY protocol's binary header, version 2 (haproxy.org proxy-protocol.txt, 2.2): who connected to where, before the first byte.
 * Two IPv4 ends make a TCP4 header; anything else a TCP6 one with IPv4 mapped.
 */
export function proxyHeader({ sourceAddress, sourcePort, destinationAddress, destinationPort }: Ends): Buffer {
  const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
  const [source, destination] = [plain(sourceAddress), plain(destinationAddress)];
  const v4 = isIPv4(source) && isIPv4(destination);
  const bytes = (address: string): Buffer => (v4 ? Buffer.from(address.split('.').map(Number)) : bytesOfIPv6(isIPv4(address) ? `::ffff:${address}` : address));
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(sourcePort, 0);
  ports.writeUInt16BE(destinationPort, 2);
  const body = Buffer.concat([bytes(source), bytes(destination), ports]);
  const head = Buffer.from([0x21, v4 ? 0x11 : 0x21, 0, body.length]);
  return Buffer.concat([SIGNATURE, head, body]);
}
