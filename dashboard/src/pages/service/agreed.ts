/** What two ends of a connection agreed upon; '' = not known. */
export interface Agreed {
  readonly version: string;
  readonly cipher: string;
  /** Of the key exchange. */
  readonly group: string;
  /** What is recorded today stays closed to who has a quantum computer one day (ML-KEM, FIPS 203). */
  readonly postQuantum: boolean;
}

/** Of `TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768`, in which `-` stands for what is not known. */
export function agreedUpon(tls: string | undefined): Agreed {
  const [version = '', cipher = '', group = ''] = (tls ?? '').split(' ').map((word) => (word === '-' ? '' : word));
  return { version: version.replace('TLSv', 'TLS '), cipher, group, postQuantum: group.includes('MLKEM') };
}
