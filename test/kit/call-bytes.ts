// A unary gRPC call with bytes in and out, as a proxy makes it.
import { createSecureContext } from 'node:tls';
import { Client, credentials, Metadata } from '@grpc/grpc-js';

export interface Reached {
  readonly port: number;
  readonly rootPem: string;
  readonly serverName: string;
}

/** Rejects with grpc-js' ServiceError. */
export async function callBytes(
  { port, rootPem, serverName }: Reached,
  { path, token, bytes }: { readonly path: string; readonly token?: string; readonly bytes: Uint8Array },
): Promise<Uint8Array> {
  const trust = credentials.createFromSecureContext(createSecureContext({ ca: rootPem, minVersion: 'TLSv1.3' }));
  const client = new Client(`127.0.0.1:${port}`, trust, { 'grpc.ssl_target_name_override': serverName, 'grpc.use_local_subchannel_pool': 1 });
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      const take = (error: Error | null, answer?: Buffer): void => (error === null ? resolve(answer ?? new Uint8Array()) : reject(error));
      client.makeUnaryRequest(
        path,
        (value: Buffer) => value,
        (value: Buffer) => value,
        Buffer.from(bytes),
        metadata,
        {},
        take,
      );
    });
  } finally {
    client.close();
  }
}
