// What caller and callee agreed upon, as it is told: `TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768`.
import type { PeerView } from '../../api/index.ts';
import { oneLine } from './plain.ts';

/** The group of the key exchange; empty where it is not known. */
export const keyExchange = (tls: string | undefined): string => oneLine(tls?.split(' ')[2] ?? '').replace(/^-$/, '');

/** Whether what is recorded today stays closed to who has a quantum computer one day (ML-KEM, FIPS 203). */
export const isPostQuantum = (group: string): boolean => group.includes('MLKEM');

/** What callers of each identity agreed upon with it, each only once. */
export function tlsByIdentity(peers: readonly PeerView[]): ReadonlyMap<string, string> {
  const found = new Map<string, Set<string>>();
  for (const { destination, tls } of peers) if (tls !== undefined) found.set(destination, (found.get(destination) ?? new Set()).add(oneLine(tls)));
  return new Map([...found].map(([identity, said]) => [identity, [...said].sort().join(', ')]));
}
