// Lines of access logs to the collector of the mesh, clean as they are written elsewhere.
import type { TapRequest } from '../api/index.ts';
import { encodeLines, type SentLine, type SentLines } from '../envoy/index.ts';

function attributesOf(event: TapRequest): SentLine['attributes'] {
  const { side, source, destination, method, authority, path, status, grpcStatus, route, cause, reason, policy, flags, request } = event;
  return {
    'http.request.method': method,
    'url.path': path,
    'server.address': authority,
    ...(status === 0 ? {} : { 'http.response.status_code': status }),
    'rpc.grpc.status_code': grpcStatus,
    'weft.side': side,
    'weft.source.principal': source.principal,
    'client.address': source.address,
    'weft.destination.principal': destination.principal,
    'weft.destination.service': destination.service,
    'weft.request_id': request,
    'weft.route': route,
    'weft.cause': cause,
    'weft.reason': reason,
    'weft.policy': policy,
    'weft.flags': flags.join(','),
    'weft.duration_us': event.durationUs,
    ...(event.upstreamUs < 0 ? {} : { 'weft.upstream_us': event.upstreamUs }),
    'http.request.size': event.requestBytes,
    'http.response.size': event.responseBytes,
    ...(event.retries > 0 ? { 'http.request.resend_count': event.retries } : {}),
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
    const resource = { 'service.name': service, 'service.namespace': namespace, 'service.instance.id': proxy, 'telemetry.sdk.name': 'weft' };
    return { resource, lines: own.map(lineOf) };
  });
  return encodeLines(groups, version);
}
