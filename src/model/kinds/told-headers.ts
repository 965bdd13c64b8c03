// Headers of requests that proxies can tell: Envoy tells headers by name, and the names are part of its listeners.

/** Told whole. None of these is meant to carry a credential. */
export const TOLD_REQUEST_HEADERS: readonly string[] =
  'accept accept-encoding accept-language baggage b3 cache-control content-encoding content-length content-type expect forwarded grpc-encoding grpc-timeout if-match if-modified-since if-none-match if-range origin range referer te traceparent tracestate transfer-encoding upgrade user-agent via x-b3-sampled x-b3-spanid x-b3-traceid x-forwarded-for x-forwarded-host x-forwarded-proto x-request-id x-requested-with'.split(
    ' ',
  );

/** Of these only that they are there: what they say does not leave the proxy. */
export const SECRET_REQUEST_HEADERS: readonly string[] = ['authorization', 'cookie'];

const TOLD: ReadonlySet<string> = new Set([...TOLD_REQUEST_HEADERS, ...SECRET_REQUEST_HEADERS]);

/** Whether anything of a header can be told; names are compared without case. */
export const isTold = (header: string): boolean => TOLD.has(header.toLowerCase());
