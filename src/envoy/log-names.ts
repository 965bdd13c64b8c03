// Names of the logs that proxies keep with the control plane. A stream says its name once, in its first message, and what its entries mean
// goes by it.
import { AccessLogType } from '#gen/envoy/data/accesslog/v3/accesslog_pb.js';

/** Where a proxy made a record: on the caller's side, on the called one's, at a gateway, or of a whole connection as it ended. */
export type RecordSide = 'outbound' | 'inbound' | 'gateway' | 'connection';

const PREFIX = 'weft.records/';
const SIDES: readonly RecordSide[] = ['outbound', 'inbound', 'gateway', 'connection'];

export function recordsLog(side: RecordSide): string {
  return PREFIX + side;
}

/** Undefined: it is not a log of records. */
export function sideOfLog(name: string): RecordSide | undefined {
  return SIDES.find((side) => name === PREFIX + side);
}

/** Entries that tell of a beginning, and so of nothing that could be judged. */
export function tellsBeginning(type: AccessLogType): boolean {
  return type === AccessLogType.DownstreamStart || type === AccessLogType.TcpConnectionStart || type === AccessLogType.TcpUpstreamConnected;
}

/** Where the authorization filter says what rules would have done that are not enforced, under these keys. */
export const SHADOW_NAMESPACE = 'envoy.filters.http.rbac';
export const SHADOW_KEYS: readonly string[] = ['deny_dry_shadow_engine_result', 'allow_dry_shadow_engine_result'];

/** Tag of an entry that says whose listener it was, `namespace/name`, where one proxy serves several workloads; else the token says it. */
export const WORKLOAD_TAG = 'workload';

/** What caller and callee agreed upon: version, cipher, group of the key exchange, each `-` in plaintext. */
export const TLS_TAG = 'tls';
