// An entry of a proxy's log -> a line of a tap. Cleaned as records are: who looks on sees no more of a client's text than what would be kept.
import type { TapEnd, TapRequest, TapSide } from '../api/index.ts';
import type { LoggedRequest, TappedRequest } from '../envoy/index.ts';
import { clean, withoutSecrets } from './clean.ts';
import { type NewRecord, recordOfRequest } from './record.ts';
import type { Sender } from './sender.ts';

/** Who tells, with its workload. */
export interface TapSender extends Sender {
  /** `namespace/name`. */
  readonly workload: string;
}

const MOST_HEADER = 512;
const HIDDEN = '…';

const namespaceOf = (principal: string, name: string): string =>
  /\/ns\/([^/]+)\//.exec(principal)?.[1] ?? (name.includes('/') ? (name.split('/')[0] ?? '') : '');
const us = (ms: number): number => Math.round(ms * 1000);

function end(principal: string, parts: Pick<TapEnd, 'workload' | 'service' | 'address'>): TapEnd {
  return { ...parts, principal, namespace: namespaceOf(principal, parts.service) };
}

function endsOf(side: TapSide, record: NewRecord, sender: TapSender): { readonly source: TapEnd; readonly destination: TapEnd } {
  const { source, sourceAddress, destination, service, upstream } = record;
  // an application or an outside client is told by its address; a workload's own by what it is
  if (side === 'inbound')
    return {
      source: end(source, { workload: '', service: '', address: sourceAddress }),
      destination: end(destination, { workload: sender.workload, service, address: upstream }),
    };
  const own = side === 'outbound' ? { workload: sender.workload, service: sender.service } : { workload: '', service: '' };
  return { source: end(source, { ...own, address: sourceAddress }), destination: end(destination, { workload: '', service, address: upstream }) };
}

/** A line of what a proxy told. `at` is believed as it is in records. */
export function tapRequest(side: TapSide, entry: LoggedRequest & Partial<TappedRequest>, sender: TapSender): TapRequest {
  const record = recordOfRequest(side, entry, sender);
  const { request, proxy, port, secured, method, host, path, status, grpcStatus, flags, cause, reason, policy, route, attempts } = record;
  return {
    kind: 'request',
    request,
    at: new Date(record.at).toISOString(),
    side,
    proxy,
    ...endsOf(side, record, sender),
    port,
    secured,
    method,
    scheme: entry.scheme ?? '',
    authority: host,
    path,
    status,
    grpcStatus,
    flags,
    cause,
    reason,
    policy,
    route,
    durationUs: us(entry.durationMs),
    upstreamUs: entry.upstreamTookMs === undefined ? -1 : us(entry.upstreamTookMs),
    requestBytes: record.receivedBytes,
    responseBytes: record.sentBytes,
    retries: Math.max(0, attempts - 1),
  };
}

/** The values of headers that never leave the proxy are `…`. */
function cleanHeaders(headers: Readonly<Record<string, string>>, hidden: readonly string[]): Readonly<Record<string, string>> {
  const shown = Object.entries(headers).map(([name, value]) => [name, withoutSecrets(clean(value, MOST_HEADER))] as const);
  return Object.fromEntries([...shown, ...hidden.map((name) => [name, HIDDEN] as const)].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The headers of an entry, where its log has them. */
export function headersOf(entry: Partial<TappedRequest> & Pick<LoggedRequest, 'tags'>): Pick<TapRequest, 'requestHeaders' | 'responseHeaders'> {
  const { requestHeaders, responseHeaders, tags } = entry;
  const has = (name: string): readonly string[] => (tags[`has:${name}`] === 'true' ? [name] : []);
  if (requestHeaders === undefined || responseHeaders === undefined || tags['has:cookie'] === undefined) return {};
  return {
    requestHeaders: cleanHeaders(requestHeaders, [...has('authorization'), ...has('cookie')]),
    responseHeaders: cleanHeaders(responseHeaders, has('set-cookie')),
  };
}
