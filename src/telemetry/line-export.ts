// Lines of access logs to the collector of the mesh, clean as they are written elsewhere.
import type { TapRequest } from '../api/index.ts';
import { encodeLines, type SentLine, type SentLines } from '../envoy/index.ts';
import { requestAttributes, resourceOf } from './otlp/request-attributes.ts';

function attributesOf(event: TapRequest): SentLine['attributes'] {
  const { source, destination } = event;
  return {
    ...requestAttributes(event),
    'weft.source.principal': source.principal,
    'client.address': source.address,
    'weft.destination.principal': destination.principal,
    'weft.destination.service': destination.service,
    'weft.duration_us': event.durationUs,
    ...(event.upstreamUs < 0 ? {} : { 'weft.upstream_us': event.upstreamUs }),
    ...Object.fromEntries(Object.entries(event.requestHeaders ?? {}).map(([name, value]) => [`http.request.header.${name}`, value])),
    'http.request.size': event.requestBytes,
    'http.response.size': event.responseBytes,
  };
}

function lineOf(event: TapRequest): SentLine {
  const { at, method, authority, path, status } = event;
  const failed = status === 0 || status >= 500;
  return { at: Date.parse(at), failed, body: `${method} ${authority}${path} ${status}`, attributes: attributesOf(event) };
}

/** Requests by the workload at whose proxy they arrived, as one message. */
export function messageOf(events: readonly TapRequest[], version: string): Uint8Array {
  const groups = [...Map.groupBy(events, ({ proxy }) => proxy)].map(([proxy, own]): SentLines => {
    const [namespace = '', name = 'unknown'] = proxy.split('/');
    const service = own[0]?.destination.service.split('/')[1] || name;
    return { resource: resourceOf(service, namespace, proxy), lines: own.map(lineOf) };
  });
  return encodeLines(groups, version);
}
