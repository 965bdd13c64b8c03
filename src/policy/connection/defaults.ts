import { formatDuration, type MeshConfig, type Protocol } from '../../model/index.ts';
import type { GivenLayer } from '../policy.ts';
import { builtIn } from '../read.ts';

const BUILT_IN = builtIn({
  // Connections without a request; between sidecars a lost peer is noticed by pings long before.
  idle: '1h',
  // A connection is replaced (gracefully) so often, which bounds how long a certificate that was withdrawn stays in use.
  maxAge: '1h',
  maxAgeJitterPercent: 10,
  maxRequestsPerConnection: 0,
  // The same for connections that carry no requests.
  tcpIdle: '1h',
  tcpKeepalive: { time: '1m', interval: '10s', probes: 3 },
  http2: {
    maxConcurrentStreams: 1024,
    // Enough for 100 MB/s at 2 ms, and not the 16 MiB per stream that Envoy would buffer.
    streamWindowBytes: 256 * 1024,
    // What all streams may have together: with less a few whose callers stop reading stop all others (decision 0040).
    connectionWindowBytes: 1024 * 256 * 1024,
    // A peer that vanished without a word is noticed within 20 s even when nothing is sent.
    ping: { interval: '15s', timeout: '5s' },
  },
  http3: false,
  application: {
    connectTimeout: '5s',
    // Application servers close idle connections after 2 s to 5 s (Node: 5 s); a request sent at that moment would be lost.
    idle: '1500ms',
    maxAge: '0s',
    maxRequestsPerConnection: 0,
    http: 'AsDeclared',
    proxyProtocol: 'None',
  },
});

/** Servers outside: the way is longer and TLS is part of connecting; they close idle connections after 5 s (Node) to 75 s (nginx). */
const OUTSIDE: readonly GivenLayer[] = [BUILT_IN, builtIn({ connectTimeout: '5s', idle: '4s' })];

const DEFAULTS = new WeakMap<MeshConfig, readonly GivenLayer[]>();

/** What is built in, and over it what the Mesh says of its own services. */
export function connectionDefaults(config: MeshConfig, _protocol: Protocol, outside: boolean): readonly GivenLayer[] {
  if (outside) return OUTSIDE;
  const known = DEFAULTS.get(config);
  if (known !== undefined) return known;
  const originOf = () => ({ ...config.origin, path: 'spec.traffic.connectTimeout' });
  const layers = [BUILT_IN, { spec: { connectTimeout: formatDuration(config.connectTimeoutMs) }, originOf, words: 'Mesh default' }];
  DEFAULTS.set(config, layers);
  return layers;
}
