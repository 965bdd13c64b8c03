import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { WeftError } from '../base/index.ts';
import { Door } from './door.ts';
import { GRPC, listenFailure } from './errors.ts';
import { quietGrpc } from './grpc-quiet.ts';
import { type ByteStream, byteStream, type CallInfo, callInfo, Frame } from './grpc-stream.ts';
import { beginsTls } from './hello.ts';

export type GrpcMethod =
  | { readonly kind: 'unary'; handle(request: Uint8Array, call: CallInfo): Promise<Uint8Array> }
  | { readonly kind: 'bidi'; open(stream: ByteStream): void };

/** A service at the level of bytes: `name` is `package.Service`, methods are by their name in the path. */
export interface GrpcService {
  readonly name: string;
  readonly methods: Readonly<Record<string, GrpcMethod>>;
}

export interface TlsPair {
  /** Leaf first; the root is part of it, so that a client that knows only its fingerprint can pin it. */
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface GrpcLimits {
  /** Largest message we read. */
  readonly maxReceiveBytes: number;
  /** Streams at once per connection. */
  readonly maxConcurrentStreams: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** Connections are told to go away after this long, so that replicas share the load; 0 = never. */
  readonly connectionAgeMs: number;
}

export const DEFAULT_GRPC_LIMITS: GrpcLimits = {
  maxReceiveBytes: 16 * 1024 * 1024,
  maxConcurrentStreams: 128,
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 10_000,
  connectionAgeMs: 0,
};

export interface GrpcServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly tls: TlsPair;
  readonly services: readonly GrpcService[];
  readonly limits?: Partial<GrpcLimits>;
  /** Told of exceptions in handlers that are no WeftError: bugs, which the caller sees only as `internal error`. */
  readonly onBug?: (path: string, error: unknown) => void;
}

export interface GrpcServer {
  readonly port: number;
  /** New connections get this certificate; open ones are left alone. */
  updateTls(tls: TlsPair): void;
  /** Stops listening, ends streams with UNAVAILABLE, lets running calls finish for at most `graceMs`, then cuts. */
  close(graceMs: number): Promise<void>;
}

/** TLS 1.3 and nothing older; the pair can be replaced while the server runs. Who the client is, its bearer token says. */
class Credentials extends ServerCredentials {
  static #context(tls: TlsPair): { cert: string; key: string; minVersion: 'TLSv1.3' } {
    return { cert: tls.certificatePem, key: tls.keyPem, minVersion: 'TLSv1.3' };
  }

  constructor(tls: TlsPair) {
    super({ requestCert: false, minVersion: 'TLSv1.3', handshakeTimeout: HANDSHAKE_MS }, Credentials.#context(tls));
  }

  update(tls: TlsPair): void {
    this.updateSecureContextOptions(Credentials.#context(tls));
  }

  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }
}

/**
 * Serves gRPC over TLS 1.3. Handlers see bytes only; a WeftError they throw becomes its gRPC status and message, anything
 * else becomes INTERNAL without details. Throws WeftError `address-in-use` when the port cannot be had.
 */
export async function serveGrpc(options: GrpcServerOptions): Promise<GrpcServer> {
  const limits = { ...DEFAULT_GRPC_LIMITS, ...options.limits };
  quietGrpc();
  const server = new Server(serverOptions(limits));
  const open = new Set<ByteStream>();
  const credentials = new Credentials(options.tls);
  const injector = server.createConnectionInjector(credentials);
  const door = new Door((socket: Socket, first) => (beginsTls(first) ? injector.injectConnection(socket) : void socket.destroy()));
  const serving: Serving = { open, answered: (call) => door.knows(addressOf(call.peer)), onBug: options.onBug ?? (() => {}) };
  for (const service of options.services) if (Object.keys(service.methods).length > 0) server.addService(definition(service), implementation(service, serving));
  const listener = await listen(options, door);
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    updateTls: (tls) => credentials.update(tls),
    close: (graceMs) => {
      listener.close();
      injector.drain(graceMs);
      return close(server, open);
    },
  };
}

/** Of TLS. */
const HANDSHAKE_MS = 10_000;
/** So many may be on their way before the system turns them away. */
const BACKLOG = 4_096;

/** Listens by itself, so that connections come by the door before they cost anything. */
function listen({ host, port }: GrpcServerOptions, door: Door): Promise<NetServer> {
  const listener = createServer({ noDelay: true }, (socket) => door.take(socket));
  return new Promise((resolve, reject) => {
    listener.once('error', (error) => reject(listenFailure(host, port, error)));
    listener.listen({ host, port, backlog: BACKLOG }, () => resolve(listener));
  });
}

/** A connection without a call. */
const IDLE_MS = 60_000;

function serverOptions(limits: GrpcLimits): Record<string, number> {
  return {
    'grpc.max_receive_message_length': limits.maxReceiveBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': limits.maxConcurrentStreams,
    'grpc.keepalive_time_ms': limits.keepaliveMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
    ...(limits.connectionAgeMs > 0 ? { 'grpc.max_connection_age_ms': limits.connectionAgeMs, 'grpc.max_connection_age_grace_ms': 30_000 } : {}),
    'grpc.max_connection_idle_ms': IDLE_MS,
    'grpc.enable_channelz': 0,
  };
}

function close(server: Server, open: ReadonlySet<ByteStream>): Promise<void> {
  // Not forceShutdown: without channelz it knows no connections, so it would cut none of them (grpc-js 1.14.7).
  const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  for (const stream of open) stream.fail(GRPC.unavailable, 'the server is shutting down');
  return drained;
}

const identity = (bytes: Buffer): Buffer => bytes;
// grpc-js takes the answer only for its byteLength and `copy`: a Frame has both, and spares joining the pieces.
const frame = (value: Frame): Buffer => value as unknown as Buffer;

function definition(service: GrpcService): ServiceDefinition {
  const methods: Record<string, MethodDefinition<Buffer, Frame>> = {};
  for (const [name, method] of Object.entries(service.methods)) {
    methods[name] = {
      path: `/${service.name}/${name}`,
      requestStream: method.kind === 'bidi',
      responseStream: method.kind === 'bidi',
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: frame,
      responseDeserialize: (bytes) => new Frame(bytes),
    };
  }
  return methods;
}

interface Serving {
  readonly open: Set<ByteStream>;
  /** Told of callers that got an answer: no method answers anybody whose credential does not hold. */
  readonly answered: (call: CallInfo) => void;
  readonly onBug: (path: string, error: unknown) => void;
}

const addressOf = (peer: string): string => peer.slice(0, Math.max(0, peer.lastIndexOf(':')));

function implementation(service: GrpcService, serving: Serving): UntypedServiceImplementation {
  const calls: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(service.methods)) {
    const path = `/${service.name}/${name}`;
    calls[name] = method.kind === 'unary' ? unary(method, serving, path) : bidi(method, serving, path);
  }
  return calls;
}

function unary(method: GrpcMethod & { kind: 'unary' }, { answered, onBug }: Serving, path: string) {
  return (call: ServerUnaryCall<Uint8Array, Frame>, answer: sendUnaryData<Frame>): void => {
    const asked = callInfo(call);
    Promise.resolve()
      .then(() => method.handle(call.request, asked))
      .then(
        (bytes) => {
          answered(asked);
          answer(null, new Frame(bytes));
        },
        (error: unknown) => answer(statusOf(error, (bug) => onBug(path, bug))),
      );
  };
}

function bidi(method: GrpcMethod & { kind: 'bidi' }, { open, answered, onBug }: Serving, path: string) {
  return (call: ServerDuplexStream<Uint8Array, Frame>): void => {
    const stream = byteStream(call, { onOver: () => open.delete(stream), onAnswer: () => answered(stream.call) });
    open.add(stream);
    try {
      method.open(stream);
    } catch (error) {
      const status = statusOf(error, (bug) => onBug(path, bug));
      stream.fail(status.code, status.details);
    }
  };
}

function statusOf(error: unknown, onBug: (error: unknown) => void): { code: number; details: string } {
  if (error instanceof WeftError) return { code: error.class.grpc, details: error.message };
  onBug(error);
  return { code: GRPC.internal, details: 'internal error' };
}
