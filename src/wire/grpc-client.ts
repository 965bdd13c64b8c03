import { createSecureContext } from 'node:tls';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { WeftError } from '../base/index.ts';
import { DEFAULT_RETRY, type RetryOptions, withRetry } from './backoff.ts';
import { classOfGrpc, GRPC, grpcName, wireError } from './errors.ts';
import { quietGrpc } from './grpc-quiet.ts';

export interface GrpcClientOptions {
  readonly host: string;
  readonly port: number;
  /** The only root that is trusted, as PEM. */
  readonly rootPem: string;
  /** The name the server's certificate must be for; what was dialled does not matter. */
  readonly serverName: string;
}

export interface UnaryOptions {
  /** Sent as `authorization: Bearer`. */
  readonly token?: string;
  /** For each try. Default 10 s. */
  readonly deadlineMs?: number;
  readonly retry?: Partial<RetryOptions>;
  /**
   * True: every retryable failure is tried again. False (default): only when the request certainly never left, because doing
   * it twice would matter (a join token works once).
   */
  readonly idempotent?: boolean;
  readonly signal?: AbortSignal;
}

export interface GrpcClient {
  /**
   * One call, JSON in and out; `path` is `/package.Service/Method`. What the server refuses is thrown as WeftError with its
   * words, its gRPC status as class, and a code of the status's name (`not-found`); the wire's own faults are `unreachable`,
   * `untrusted-server`, `deadline-exceeded`, `protocol`.
   */
  call(path: string, request: unknown, options?: UnaryOptions): Promise<unknown>;
  close(): void;
}

/** A client of one server over TLS 1.3 with one pinned root. Connects with the first call. */
export function openGrpcClient(options: GrpcClientOptions): GrpcClient {
  quietGrpc();
  const address = `${options.host.includes(':') ? `[${options.host}]` : options.host}:${options.port}`;
  const trust = credentials.createFromSecureContext(createSecureContext({ ca: options.rootPem, minVersion: 'TLSv1.3' }));
  const client = new Client(`${options.host.startsWith('unix:') ? options.host : `dns:${address}`}`, trust, {
    'grpc.ssl_target_name_override': options.serverName,
    'grpc.default_authority': options.serverName,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    // Two clients with different pins must never share a connection.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_channelz': 0,
  });
  return {
    call: (path, request, call = {}) =>
      withRetry(
        { ...DEFAULT_RETRY, ...call.retry },
        (error) => error.class.retryable && (call.idempotent === true || error.code === 'unreachable'),
        () => once(client, address, path, request, call),
        call.signal,
      ),
    close: () => client.close(),
  };
}

/** One call on a connection of its own: `openGrpcClient`, `call`, `close`. */
export async function callUnary(options: GrpcClientOptions & UnaryOptions & { readonly path: string; readonly request: unknown }): Promise<unknown> {
  const client = openGrpcClient(options);
  try {
    return await client.call(options.path, options.request, options);
  } finally {
    client.close();
  }
}

function once(client: Client, address: string, path: string, request: unknown, options: UnaryOptions): Promise<unknown> {
  const metadata = new Metadata();
  if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
  const deadline = Date.now() + (options.deadlineMs ?? 10_000);
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted === true) return reject(wireError('closing', 'the call was abandoned'));
    const call = client.makeUnaryRequest(path, toBytes, fromBytes, request, metadata, { deadline }, (error, reply) => {
      options.signal?.removeEventListener('abort', cancel);
      if (error === null) resolve(reply);
      else reject(failure(error, address));
    });
    const cancel = (): void => call.cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
  });
}

const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), 'utf8');

function fromBytes(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString('utf8'));
}

const NEVER_LEFT = /^No connection established|Name resolution failed|^Failed to connect/i;
const UNTRUSTED = /certificate|CERT_|altnames|self-signed|SSL routines|EPROTO/i;

function failure(error: ServiceError, address: string): WeftError {
  const details = { address, status: grpcName(error.code) };
  if (error.code === GRPC.unavailable && NEVER_LEFT.test(error.details)) {
    if (UNTRUSTED.test(error.details)) {
      return wireError('untrusted-server', `the server at ${address} does not prove to be the expected control plane: ${lastError(error.details)}`, {
        details,
        cause: error,
      });
    }
    return wireError('unreachable', `cannot reach ${address}: ${lastError(error.details)}`, { details, cause: error });
  }
  if (error.code === GRPC.deadlineExceeded) return wireError('deadline-exceeded', `no answer from ${address} in time`, { details, cause: error });
  if (error.code === GRPC.internal && /deseriali[sz]|parsing/i.test(error.details)) {
    return wireError('protocol', `the server at ${address} answered something that is not JSON`, { details, cause: error });
  }
  return new WeftError(grpcName(error.code), classOfGrpc(error.code), error.details, { details, cause: error });
}

function lastError(details: string): string {
  return details
    .replace(/^No connection established\. Last error: /, '')
    .replace(/^Error: /, '')
    .replace(/\. Resolution note:.*$/s, '');
}
