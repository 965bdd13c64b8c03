import { expect, test } from 'vitest';
import { agreedUpon } from './agreed.ts';

test('what was agreed upon in a handshake, as far as it is known', () => {
  const said = agreedUpon('TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768');
  expect(said).toEqual({ version: 'TLS 1.3', cipher: 'TLS_AES_128_GCM_SHA256', group: 'X25519MLKEM768', postQuantum: true });
  expect(agreedUpon('TLSv1.3 TLS_AES_256_GCM_SHA384 X25519').postQuantum).toBe(false);
  expect(agreedUpon('TLSv1.3 - -')).toEqual({ version: 'TLS 1.3', cipher: '', group: '', postQuantum: false });
  expect(agreedUpon(undefined)).toEqual({ version: '', cipher: '', group: '', postQuantum: false });
});
