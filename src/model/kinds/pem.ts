// Certificates as users paste them. Their content is Envoy's and the certificate library's to judge; what can be seen without
// cryptography is seen here, because a bad one would make Envoy refuse the whole cluster.
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s*([\s\S]*?)-----END \1-----/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Length in bytes of a DER element (X.690 §8.1.3) that begins with its tag, header included; undefined when it is none. */
function derLength(head: readonly number[]): number | undefined {
  const [tag, first = 0] = head;
  if (tag !== 0x30) return undefined;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  if (count === 0 || count > 3) return undefined;
  return head.slice(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0) + 2 + count;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function firstBytes(base64: string): readonly number[] {
  const bits = [...base64.slice(0, 12).replace(/=+$/, '')].map((letter) => ALPHABET.indexOf(letter));
  const bytes: number[] = [];
  for (let at = 0; at + 3 < bits.length; at += 4) {
    const word = ((bits[at] ?? 0) << 18) | ((bits[at + 1] ?? 0) << 12) | ((bits[at + 2] ?? 0) << 6) | (bits[at + 3] ?? 0);
    bytes.push((word >> 16) & 255, (word >> 8) & 255, word & 255);
  }
  return bytes;
}

/** What is wrong with a text that should be one or more CERTIFICATE blocks of PEM, or undefined. */
export function pemProblem(text: string): string | undefined {
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length === 0) return 'no PEM block is in it: it must begin with -----BEGIN CERTIFICATE-----';
  for (const [at, [, kind, body = '']] of blocks.entries()) {
    const which = blocks.length === 1 ? 'the block' : `block ${at + 1}`;
    if (kind !== 'CERTIFICATE') return `${which} is a ${kind}, not a CERTIFICATE`;
    const base64 = body.replace(/\s+/g, '');
    if (!BASE64.test(base64) || base64.length % 4 !== 0) return `${which} is not base64`;
    const bytes = (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);
    if (derLength(firstBytes(base64)) !== bytes) return `${which} is cut off or no certificate: its length is not what its first bytes say`;
  }
  return undefined;
}
