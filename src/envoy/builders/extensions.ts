import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { type Packed, pack } from '../encode/index.ts';
import { UpstreamHttpProtocolOptionsSchema } from '../messages.ts';
import { duration } from './values.ts';

export interface NamedConfig {
  readonly name: string;
  readonly configType: { readonly case: 'typedConfig'; readonly value: Packed };
}

/** The shape that network, listener and HTTP filters, transport sockets and access logs share: a name and a packed message. */
export function named<D extends DescMessage>(name: string, desc: D, init: MessageInitShape<D>): NamedConfig {
  return { name, configType: { case: 'typedConfig', value: pack(desc, init) } };
}

/** envoy.config.core.v3.TypedExtensionConfig: every other extension point. */
export function extension<D extends DescMessage>(name: string, desc: D, init: MessageInitShape<D>): { readonly name: string; readonly typedConfig: Packed } {
  return { name, typedConfig: pack(desc, init) };
}

export interface UpstreamHttpOptions {
  readonly protocol: 'http1' | 'http2';
  /** 0 = never. */
  readonly idleTimeoutMs?: number;
  readonly maxConcurrentStreams?: number;
  readonly streamWindowBytes?: number;
  readonly connectionWindowBytes?: number;
}

/** A cluster's `typed_extension_protocol_options`: the HTTP version is chosen, never negotiated. */
export function httpProtocolOptions(options: UpstreamHttpOptions): { readonly [name: string]: Packed } {
  const { protocol, idleTimeoutMs, maxConcurrentStreams, streamWindowBytes, connectionWindowBytes } = options;
  const http2 = {
    ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }),
    ...(streamWindowBytes === undefined ? {} : { initialStreamWindowSize: streamWindowBytes }),
    ...(connectionWindowBytes === undefined ? {} : { initialConnectionWindowSize: connectionWindowBytes }),
  };
  const protocolConfig =
    protocol === 'http2' ? ({ case: 'http2ProtocolOptions', value: http2 } as const) : ({ case: 'httpProtocolOptions', value: {} } as const);
  return {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': pack(UpstreamHttpProtocolOptionsSchema, {
      ...(idleTimeoutMs === undefined ? {} : { commonHttpProtocolOptions: { idleTimeout: duration(idleTimeoutMs) } }),
      upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig } },
    }),
  };
}
