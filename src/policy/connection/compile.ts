import {
  duration,
  type Http2ProtocolOptionsSchema,
  type Init,
  named,
  ProxyProtocolConfig_Version,
  ProxyProtocolUpstreamTransportSchema,
  RawBufferSchema,
  type UpstreamHttpProtocolOptionsSchema,
} from '../../envoy/index.ts';
import type { Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { type Reader, readerOf } from '../read.ts';

type Http2 = Init<typeof Http2ProtocolOptionsSchema>;
type HttpOptions = Init<typeof UpstreamHttpProtocolOptionsSchema>;

const seconds = (ms: number | undefined): number => Math.max(1, Math.round((ms ?? 0) / 1000));

function http2(read: Reader): Http2 {
  return {
    hpackTableSize: 4096,
    maxConcurrentStreams: read.number('http2.maxConcurrentStreams') ?? 1,
    initialStreamWindowSize: read.number('http2.streamWindowBytes') ?? 65_535,
    initialConnectionWindowSize: read.number('http2.connectionWindowBytes') ?? 65_535,
    allowConnect: true, // WebSocket between sidecars is an extended CONNECT
    overrideStreamErrorOnInvalidHttpMessage: true,
  };
}

function ping(read: Reader): Pick<Http2, 'connectionKeepalive'> {
  const [interval, timeout] = [read.ms('http2.ping.interval') ?? 0, read.ms('http2.ping.timeout') ?? 0];
  return { connectionKeepalive: { interval: duration(interval), timeout: duration(timeout), intervalJitter: { value: 15 } } };
}

/** 0 = without a limit, which Envoy says by silence; but for idle connections, where 0 is its word for it. */
function common(read: Reader, prefix: string): NonNullable<HttpOptions['commonHttpProtocolOptions']> {
  const maxAge = read.ms(`${prefix}maxAge`) ?? 0;
  const jitter = read.number(`${prefix}maxAgeJitterPercent`);
  const requests = read.number(`${prefix}maxRequestsPerConnection`) ?? 0;
  return {
    idleTimeout: duration(read.ms(`${prefix}idle`) ?? 0),
    ...(maxAge === 0 ? {} : { maxConnectionDuration: duration(maxAge), ...(jitter === undefined ? {} : { maxConnectionDurationJitter: { value: jitter } }) }),
    ...(requests === 0 ? {} : { maxRequestsPerConnection: requests }),
  };
}

/** Between proxies HTTP/2 is decided, not negotiated: one connection carries what would be many handshakes. Servers outside speak what they do. */
function toPeer(read: Reader, { protocol, outside = false }: Site): readonly Contribution[] {
  const cluster = {
    connectTimeout: duration(read.ms('connectTimeout') ?? 0),
    upstreamConnectionOptions: {
      tcpKeepalive: {
        keepaliveProbes: read.number('tcpKeepalive.probes') ?? 3,
        keepaliveTime: seconds(read.ms('tcpKeepalive.time')),
        keepaliveInterval: seconds(read.ms('tcpKeepalive.interval')),
      },
    },
  };
  const first: Contribution = { kind: 'cluster', slot: 'connection', fields: cluster, origin: read.origin('connectTimeout') };
  if (protocol === 'tcp') return [first, { kind: 'tcp-idle', ms: read.ms('tcpIdle') ?? 0, origin: read.origin('tcpIdle') }];
  const protocolConfig = { case: 'http2ProtocolOptions', value: { ...http2(read), ...ping(read) } } as const;
  const fields: HttpOptions = {
    commonHttpProtocolOptions: common(read, ''),
    ...(outside ? {} : { upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig } } }),
  };
  return [first, { kind: 'upstream-http', slot: 'connection', fields, origin: read.origin('http2') }];
}

function applicationHttp(read: Reader, { protocol }: Site): HttpOptions {
  const wanted = read.text('application.http');
  const one = wanted === 'HTTP1' || (wanted !== 'HTTP2' && protocol === 'http');
  const protocolConfig = one
    ? ({ case: 'httpProtocolOptions', value: { enableTrailers: true } } as const)
    : ({ case: 'http2ProtocolOptions', value: http2(read) } as const);
  return { commonHttpProtocolOptions: common(read, 'application.'), upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig } } };
}

/** The application learns who called from the first bytes of the connection; without it they are the proxy's. */
function proxyProtocol(version: string) {
  if (version === 'None' || version === '') return {};
  const transportSocket = named('envoy.transport_sockets.raw_buffer', RawBufferSchema, {});
  const config = { version: version === 'V1' ? ProxyProtocolConfig_Version.V1 : ProxyProtocolConfig_Version.V2 };
  return { transportSocket: named('envoy.transport_sockets.upstream_proxy_protocol', ProxyProtocolUpstreamTransportSchema, { config, transportSocket }) };
}

function toApplication(read: Reader, site: Site): readonly Contribution[] {
  const cluster = { connectTimeout: duration(read.ms('application.connectTimeout') ?? 0), ...proxyProtocol(read.text('application.proxyProtocol')) };
  const first: Contribution = { kind: 'cluster', slot: 'connection', fields: cluster, origin: read.origin('application') };
  if (site.protocol === 'tcp') return [first];
  return [first, { kind: 'upstream-http', slot: 'connection', fields: applicationHttp(read, site), origin: read.origin('application') }];
}

export function compileConnection(effective: Effective, site: Site): readonly Contribution[] {
  const read = readerOf(effective);
  if (site.kind === 'route') return read.flag('http3') ? [{ kind: 'http3', origin: read.origin('http3') }] : [];
  return site.side === 'inbound' ? toApplication(read, site) : toPeer(read, site);
}
