import { type ChannelCredentials, Client, credentials, Metadata } from '@grpc/grpc-js';
import type { ClientTls } from './client-tls.ts';
import { wireError } from './errors.ts';
import { quietGrpc } from './grpc-quiet.ts';

export interface BytesClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** True: with the roots of the system; false: in clear. */
  readonly tls: boolean | ClientTls;
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A gRPC server of somebody else's (a collector), asked with bytes and answering with bytes. */
export interface BytesClient {
  /** `path`: `/package.Service/Method`. Throws WeftError `unreachable` with the server's words, whatever went wrong. */
  call(path: string, bytes: Uint8Array, deadlineMs: number): Promise<Uint8Array>;
  close(): void;
}

const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));

function credentialsOf(tls: BytesClientOptions['tls']): ChannelCredentials {
  if (tls === false) return credentials.createInsecure();
  if (tls === true) return credentials.createSsl();
  return credentials.createSsl(pem(tls.authoritiesPem), pem(tls.keyPem), pem(tls.certificatePem));
}

const same = (bytes: Buffer): Buffer => bytes;

/** Connects with the first call, and again whenever it has to. */
export function openBytesClient({ address, tls, headers = {} }: BytesClientOptions): BytesClient {
  quietGrpc();
  const client = new Client(address, credentialsOf(tls), {
    'grpc.max_reconnect_backoff_ms': 10_000,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
  });
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return {
    call: (path, bytes, deadlineMs) =>
      new Promise((resolve, reject) => {
        const deadline = Date.now() + deadlineMs;
        client.makeUnaryRequest(path, same, same, Buffer.from(bytes), metadata, { deadline }, (error, reply) => {
          if (error === null) resolve(reply ?? new Uint8Array(0));
          else reject(wireError('unreachable', `${address}: ${error.details}`, { cause: error }));
        });
      }),
    close: () => client.close(),
  };
}
