// How much memory a proxy may have on a machine that nobody else divides.
import { totalmem } from 'node:os';

/** Least that Envoy is good for with a configuration of some size. */
export const LEAST_HEAP_BYTES = 64 * 2 ** 20;

/** Half of what this machine has, or of what its control group leaves us (`process.constrainedMemory`): the other half is the application's. Bytes. */
export function heapOfMachine(limit: number = process.constrainedMemory(), total: number = totalmem()): number {
  const known = limit > 0 && limit < total ? limit : total;
  return Math.max(LEAST_HEAP_BYTES, Math.floor(known / 2));
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** A quantity of Kubernetes in bytes (`512Mi`, `1.5G`, `268435456`), `undefined` when it is none or too little for Envoy. */
export function parseHeap(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,12}(?:\.\d{1,9})?)([A-Za-z]{0,2})$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit] ?? Number.NaN));
  return bytes >= LEAST_HEAP_BYTES && Number.isSafeInteger(bytes) ? bytes : undefined;
}
