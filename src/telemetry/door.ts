// The door for what proxies tell: Envoy's access log service behind the same tokens as configuration. A stream is one log of one proxy; whose it
// is the token says. Whatever happens here, nothing is asked to wait: a message is taken, or counted as lost.
import type { Clock } from '../base/index.ts';
import type { ByteStream, GrpcService } from '../wire/index.ts';
import { TELEMETRY_ERRORS } from './errors.ts';

export interface LogClaims {
  readonly proxy: string;
  readonly workload: string;
  readonly id: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** One kind of log. */
export interface LogSink {
  readonly takes: (log: string) => boolean;
  /** Undefined when the proxy may tell this; otherwise why not. Asked once per stream. */
  refuses(claims: LogClaims): string | undefined;
  /** One message of such a log, in order. Must not throw. */
  take(log: string, claims: LogClaims, bytes: Uint8Array): void;
}

export interface LogDoorPorts<C extends LogClaims> {
  authenticate(token: string): Promise<C | undefined>;
  readonly clock: Clock;
  /** Name of the log in a message; undefined when it is not there, or when the bytes are none. */
  nameOf(bytes: Uint8Array): string | undefined;
  readonly sinks: readonly LogSink[];
}

/** The service that Envoys send their logs to. */
export function logDoor<C extends LogClaims>(ports: LogDoorPorts<C>): GrpcService {
  return {
    name: 'envoy.service.accesslog.v3.AccessLogService',
    methods: { StreamAccessLogs: { kind: 'bidi', open: (stream) => openLog(stream, ports) } },
  };
}

interface OpenLog {
  readonly name: string;
  readonly sink: LogSink;
}

function openLog<C extends LogClaims>(stream: ByteStream, ports: LogDoorPorts<C>): void {
  const { token } = stream.call;
  // What comes before the token is checked waits in a promise: the order of messages is kept.
  const allowed = token === undefined ? Promise.resolve(undefined) : ports.authenticate(token).catch(() => undefined);
  let open: OpenLog | undefined;
  const take = (claims: C | undefined, bytes: Uint8Array): void => {
    if (claims === undefined || claims.expiresAt <= ports.clock.now()) refuse(stream, 'unauthenticated', 'the token is missing or not valid (any more)');
    else if (open !== undefined) open.sink.take(open.name, claims, bytes);
    else {
      const found = chosen(ports, bytes);
      const why = found === undefined ? 'logs of this name are not taken here' : found.sink.refuses(claims);
      if (found === undefined || why !== undefined) return void refuse(stream, 'unknown-log', why ?? '');
      open = found;
      found.sink.take(found.name, claims, bytes);
    }
  };
  stream.onMessage((bytes) => void allowed.then((claims) => take(claims, bytes)));
  stream.onEnd(() => stream.end());
}

function chosen<C extends LogClaims>({ nameOf, sinks }: LogDoorPorts<C>, bytes: Uint8Array): OpenLog | undefined {
  const name = nameOf(bytes);
  const sink = name === undefined ? undefined : sinks.find((each) => each.takes(name));
  return name === undefined || sink === undefined ? undefined : { name, sink };
}

function refuse(stream: ByteStream, code: keyof typeof TELEMETRY_ERRORS, words: string): void {
  stream.fail(TELEMETRY_ERRORS[code].grpc, words);
}
