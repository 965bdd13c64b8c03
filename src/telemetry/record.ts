// An entry of a proxy's log -> what is kept of it.
import type { RecordView } from '../api/index.ts';
import { type LoggedCommon, type LoggedRequest, type LoggedStream, type RecordSide, TLS_TAG } from '../envoy/index.ts';
import { causeOf, causeOfConnection } from './cause.ts';
import { clean, cleanHost, cleanPath, withoutSecrets } from './clean.ts';
import type { Sender } from './sender.ts';

/** A record before it has its number. */
export type NewRecord = Omit<RecordView, 'seq' | 'at'> & { readonly at: number };

const SHORT = 300;
const ID = 128;

const told = (text: string | undefined): string => (text === undefined || text === '-' ? '' : clean(text, SHORT));
const tenth = (ms: number): number => Math.round(ms * 10) / 10;

/** Of `outbound|80||checkout.shop.mesh#view`; 0 where a cluster's name says none. */
const portOfCluster = (cluster: string): number => Number(/^(?:outbound|inbound|egress)\|(\d+)\|/.exec(cluster)?.[1] ?? 0);

/** Of `checkout.shop.mesh` in a cluster's name, where its metadata says nothing: `shop/checkout`. */
function serviceOfCluster(cluster: string): string {
  const found = /^outbound\|\d+\|[^|]*\|([^.#|]+)\.([^.#|]+)\.mesh(?:#.*)?$/.exec(cluster);
  return found === null ? '' : `${found[2]}/${found[1]}`;
}

function callee(side: RecordSide, entry: LoggedCommon, sender: Sender) {
  if (side === 'inbound' || side === 'connection') {
    const named = portOfCluster(entry.cluster) || Number(/^inbound:(\d+)/.exec(entry.route)?.[1] ?? 0);
    return { destination: sender.identity, service: sender.service, port: named || (sender.ports[entry.localPort] ?? entry.localPort) };
  }
  const service = told(entry.tags['service']) || serviceOfCluster(entry.cluster);
  return { destination: told(entry.tags['peer']), service, port: portOfCluster(entry.cluster) || entry.localPort };
}

/** On the caller's own side the caller is who sends the record. */
function caller(side: RecordSide, entry: LoggedCommon, sender: Sender): string {
  if (side === 'outbound') return sender.identity;
  return clean(entry.peers[0] ?? '', SHORT);
}

/** Documents in DryRun that would have said no: the filter names them beside its verdict, under the same prefix. */
function wouldDeny({ authorization }: LoggedCommon): readonly string[] {
  return Object.entries(authorization).flatMap(([key, value]) => {
    if (value !== 'denied' || !key.endsWith('shadow_engine_result')) return [];
    const named = authorization[key.replace(/engine_result$/, 'effective_policy_id')];
    return [clean(named ?? 'no ALLOW rule', SHORT)];
  });
}

/** `TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768`; nothing of plaintext. */
function tlsOf({ tags }: LoggedCommon): Pick<NewRecord, 'tls'> {
  const tls = told(tags[TLS_TAG]);
  return tls === '' || tls.startsWith('-') ? {} : { tls };
}

function commonOf(side: RecordSide, entry: LoggedCommon, sender: Sender) {
  return {
    at: Math.round(entry.at),
    side,
    proxy: sender.proxy,
    source: caller(side, entry, sender),
    sourceAddress: clean(entry.remote, SHORT),
    secured: side === 'outbound' ? told(entry.tags['peer']) !== '' : entry.secured,
    ...tlsOf(entry),
    ...callee(side, entry, sender),
    wouldDeny: wouldDeny(entry),
    route: clean(entry.route, SHORT),
    cluster: clean(entry.cluster, SHORT),
    upstream: clean(entry.upstream, SHORT),
    flags: entry.flags,
    failure: clean(entry.upstreamFailure || entry.downstreamFailure, SHORT),
    attempts: entry.attempts,
    durationMs: tenth(entry.durationMs),
    upstreamMs: entry.upstreamMs === undefined ? -1 : tenth(entry.upstreamMs),
    receivedBytes: entry.receivedBytes,
    sentBytes: entry.sentBytes,
    revision: sender.revision,
  };
}

/** What is kept of a request. */
export function recordOfRequest(side: RecordSide, entry: LoggedRequest, sender: Sender): NewRecord {
  return {
    ...commonOf(side, entry, sender),
    ...causeOf(entry),
    request: clean(entry.id, ID),
    method: clean(entry.method, 32),
    host: cleanHost(entry.authority),
    path: cleanPath(entry.path),
    status: entry.status,
    grpcStatus: clean(entry.grpcStatus, 8),
    own: entry.details !== '' && entry.details !== 'via_upstream',
    details: clean(entry.details, SHORT),
    userAgent: withoutSecrets(clean(entry.userAgent, 120)),
  };
}

/** What is kept of a bare connection. */
export function recordOfConnection(side: RecordSide, entry: LoggedStream, sender: Sender): NewRecord {
  return {
    ...commonOf(side, entry, sender),
    ...causeOfConnection(entry),
    request: '',
    method: '',
    host: '',
    path: '',
    status: 0,
    grpcStatus: '',
    own: true,
    details: clean(entry.termination, SHORT),
    userAgent: '',
  };
}
