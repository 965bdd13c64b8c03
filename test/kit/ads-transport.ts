// Ways to a delta-ADS handler for `AdsClient`: over memory, which makes protocol scripts deterministic, and over gRPC and TLS.
import { createSecureContext } from 'node:tls';
import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import type { ByteStream, Bytes, GrpcService } from '../../src/wire/index.ts';

export interface AdsTransport {
  send(bytes: Uint8Array): void;
  /** Listeners are set once, before the first `send`. */
  listen(onMessage: (bytes: Uint8Array) => void, onOver: (code: number, words: string) => void): void;
  close(): void;
}

/** Calls the handler in this process, as wire would. `highWater` messages may be unread before `write` answers false. */
export function joinAds(
  service: GrpcService,
  token: string | undefined,
  highWater = 16,
): AdsTransport & { readonly queued: () => number; hold(): void; release(): void } {
  const method = service.methods['DeltaAggregatedResources'];
  if (method === undefined || method.kind !== 'bidi') throw new Error('the service has no DeltaAggregatedResources');
  const on = { message: (_: Uint8Array): void => {}, end: (): void => {}, cancel: (): void => {}, drain: (): void => {} };
  let toClient = (_: Uint8Array): void => {};
  let over = (_code: number, _words: string): void => {};
  const queue: Uint8Array[] = [];
  let done = false;
  let held = false;
  const finish = (code: number, words: string): void => {
    if (done) return;
    done = true;
    flush();
    over(code, words);
    on.cancel();
  };
  const flush = (): void => {
    const full = queue.length >= highWater;
    for (const bytes of queue.splice(0)) toClient(bytes);
    if (full && !done) on.drain();
  };
  const stream: ByteStream = {
    call: { get: () => undefined, token, peer: '127.0.0.1:1', signal: new AbortController().signal },
    onMessage: (listener) => {
      on.message = listener;
    },
    onEnd: (listener) => {
      on.end = listener;
    },
    onCancel: (listener) => {
      on.cancel = listener;
    },
    onDrain: (listener) => {
      on.drain = listener;
    },
    write: (bytes: Bytes) => {
      if (done) return false;
      queue.push(bytes instanceof Uint8Array ? bytes.slice() : Buffer.concat(bytes));
      if (!held) queueMicrotask(flush);
      return queue.length < highWater;
    },
    get queued() {
      return queue.length;
    },
    end: () => finish(0, ''),
    fail: finish,
  };
  return {
    send: (bytes) => queueMicrotask(() => done || on.message(bytes)),
    listen: (onMessage, onOver) => {
      toClient = onMessage;
      over = onOver;
      method.open(stream);
    },
    close: () => finish(1, 'closed by the client'),
    queued: () => queue.length,
    /** The client's end of the connection stops reading. */
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
      flush();
    },
  };
}

export interface AdsServerAddress {
  readonly port: number;
  readonly rootPem: string;
  readonly serverName: string;
}

/** Over gRPC and TLS with a connection of its own, as every Envoy has. */
export function dialAds(server: AdsServerAddress, token: string): AdsTransport {
  const trust = credentials.createFromSecureContext(createSecureContext({ ca: server.rootPem, minVersion: 'TLSv1.3' }));
  const client = new Client(`127.0.0.1:${server.port}`, trust, {
    'grpc.ssl_target_name_override': server.serverName,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': -1,
  });
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  let call: ClientDuplexStream<Uint8Array, Uint8Array> | undefined;
  return {
    listen: (onMessage, onOver) => {
      call = client.makeBidiStreamRequest<Uint8Array, Uint8Array>(
        '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
        (bytes) => Buffer.from(bytes),
        (bytes) => bytes,
        metadata,
      );
      call.on('data', onMessage);
      call.on('error', () => {});
      call.on('status', ({ code, details }: { code: number; details: string }) => onOver(code, details));
    },
    send: (bytes) => void call?.write(bytes),
    close: () => {
      call?.cancel();
      client.close();
    },
  };
}
