// Where connections come from, as far as it matters for who waits for whom.
import { isIPv6 } from 'node:net';

/** More are forgotten, those heard of longest ago first. */
const MOST_KNOWN = 10_000;

/** The address; of IPv6 the network of 64 bits that one machine may have to itself (RFC 6177), of mapped IPv4 (RFC 4291 §2.5.5.2) the address in it. */
export function sourceOf(address: string | undefined): string {
  if (address === undefined) return '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after].slice(0, 4).join(':');
}

/** Sources that have shown lately that they belong here. */
export class KnownSources {
  readonly #known = new Set<string>();

  has(source: string): boolean {
    return this.#known.has(source);
  }

  add(source: string): void {
    this.#known.delete(source);
    this.#known.add(source);
    const [oldest] = this.#known.size > MOST_KNOWN ? this.#known : [];
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
