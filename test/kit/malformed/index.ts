// Input that no client would send: for listeners that must not mind. What is cheap to send is sent most, so that a million is a matter of minutes.
import { http1, http2, tls } from './bytes.ts';
import { grpc, headed } from './grpc.ts';
import { json, reviews } from './json.ts';
import { oneByOne, plain, secured } from './one-by-one.ts';
import type { Kind } from './sender.ts';

export { judged, type Kind, nothing, type Tally, type Target } from './sender.ts';

/** By listener, by kind. */
export const MALFORMED: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  API: {
    TLS: oneByOne(15, 32, ({ api }) => plain(api, tls())),
    'HTTP/1': oneByOne(25, 48, ({ api }) => plain(api, http1())),
    'HTTP/1 in TLS': oneByOne(1, 4, ({ api }) => secured(api, http1(), 'http/1.1')),
    JSON: json(59),
  },
  xDS: {
    TLS: oneByOne(20, 48, ({ xds }) => plain(xds, tls())),
    'HTTP/2 frames in TLS': oneByOne(1, 4, ({ xds }) => secured(xds, http2(), 'h2')),
    'HTTP/2 streams': headed(29),
    'gRPC messages': grpc(50),
  },
  webhooks: {
    TLS: oneByOne(25, 48, ({ webhooks }) => plain(webhooks, tls())),
    'HTTP/1 in TLS': oneByOne(1, 4, ({ webhooks }) => secured(webhooks, http1(), 'http/1.1')),
    reviews: reviews(74),
  },
  bundle: {
    TLS: oneByOne(98, 96, ({ bundle }) => plain(bundle, tls())),
    'HTTP/1 in TLS': oneByOne(2, 4, ({ bundle }) => secured(bundle, http1(), 'http/1.1')),
  },
};
