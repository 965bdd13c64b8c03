// Input that no client would send: for listeners that must not mind. What is cheap to send is sent most.
import { http1, http2, tls } from './bytes.ts';
import { grpc } from './grpc.ts';
import { json, reviews } from './json.ts';
import { type Kind, oneByOne, plain, secured } from './sender.ts';

export { type Kind, nothing, type Outcome, type Tally, type Target } from './sender.ts';

/** By listener, by kind. */
export const MALFORMED: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  API: {
    TLS: oneByOne(20, ({ api }) => plain(api, tls())),
    'HTTP/1': oneByOne(20, ({ api }) => plain(api, http1())),
    'HTTP/1 in TLS': oneByOne(3, ({ api }) => secured(api, http1(), 'http/1.1')),
    JSON: json(57),
  },
  xDS: {
    TLS: oneByOne(20, ({ xds }) => plain(xds, tls())),
    'HTTP/2 frames in TLS': oneByOne(5, ({ xds }) => secured(xds, http2(), 'h2')),
    'gRPC messages': grpc(75),
  },
  webhooks: {
    TLS: oneByOne(20, ({ webhooks }) => plain(webhooks, tls())),
    'HTTP/1 in TLS': oneByOne(5, ({ webhooks }) => secured(webhooks, http1(), 'http/1.1')),
    reviews: reviews(75),
  },
  bundle: {
    TLS: oneByOne(90, ({ bundle }) => plain(bundle, tls())),
    'HTTP/1 in TLS': oneByOne(10, ({ bundle }) => secured(bundle, http1(), 'http/1.1')),
  },
};
