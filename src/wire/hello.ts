/** RFC 8446 §5.1: the record of a handshake, major version 3, and at most 2^14 bytes; §4: the first message is a ClientHello. */
const [HANDSHAKE, MAJOR, MOST_BYTES, CLIENT_HELLO] = [0x16, 3, 16_384, 1] as const;

/** Whether bytes can be the beginning of TLS: looked at before anything is made ready for it. */
export function beginsTls(first: Uint8Array): boolean {
  const [type, major, , high, low, message] = first;
  if (type !== HANDSHAKE || (major ?? MAJOR) !== MAJOR || (message ?? CLIENT_HELLO) !== CLIENT_HELLO) return false;
  const length = (high ?? 0) * 256 + (low ?? 255);
  return length > 0 && length <= MOST_BYTES;
}
