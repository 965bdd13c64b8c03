// Serials of workloads' certificates say which workload it is: of all replicas of a service account one can be shut out at its peers, who see nothing of
// it but its certificate, and nobody has to keep a list of what was issued.
import { createHash, randomBytes } from 'node:crypto';

export const SERIAL_BYTES = 16;
/** The other half is random, as much as the CA/Browser Forum asks for (Baseline Requirements §7.1). */
const MARK_BYTES = 8;

/** The beginning of the serials of a workload's certificates (`namespace/name`): the same for ever, with another for every other workload. */
export function serialMark(workload: string): Uint8Array {
  return positive(createHash('sha256').update('weft serial\0').update(workload, 'utf8').digest().subarray(0, MARK_BYTES));
}

/** A serial that begins with these bytes; all of it is random without them. Positive and never shortened by a leading zero (RFC 5280 §4.1.2.2). */
export function newSerial(mark: Uint8Array = new Uint8Array()): Uint8Array {
  return positive(Buffer.concat([mark, randomBytes(SERIAL_BYTES - mark.byteLength)]));
}

/** The mark as Envoy writes serials. */
export const serialText = (mark: Uint8Array): string => Buffer.from(mark).toString('hex');

function positive(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (at === 0 ? (byte & 0x3f) | 0x40 : byte));
}
