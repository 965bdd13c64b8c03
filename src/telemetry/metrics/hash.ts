const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/**
 * A number of 53 bits for bytes that were seen before. `seed` is nobody's to know: what it is of comes partly from callers, who shall not be
 * able to make two series one.
 */
export function hashOf(bytes: Uint8Array, seed: readonly [number, number], salt: number): number {
  let [a, b] = [seed[0] ^ salt, seed[1] ^ bytes.length];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    a = Math.imul(rotate(a ^ byte, 13), 0x9e3779b1);
    b = Math.imul(rotate(b + byte, 11), 0x85ebca6b) ^ a;
  }
  a = Math.imul(a ^ (a >>> 16), 0x21f0aaad) ^ b;
  b = Math.imul(b ^ (b >>> 15), 0x735a2d97) ^ a;
  return (a >>> 0) * 0x200000 + (b >>> 11);
}
