// Entries of Envoy's access log service in plain values, with what records are made of (envoy.data.accesslog.v3).
import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { Address } from '#gen/envoy/config/core/v3/address_pb.js';
import { RequestMethod } from '#gen/envoy/config/core/v3/base_pb.js';
import {
  type AccessLogCommon,
  AccessLogType,
  type HTTPAccessLogEntry,
  type ResponseFlags,
  type TCPAccessLogEntry,
} from '#gen/envoy/data/accesslog/v3/accesslog_pb.js';
import { StreamAccessLogsMessage_IdentifierSchema, StreamAccessLogsMessageSchema } from '#gen/envoy/service/accesslog/v3/als_pb.js';
import { SHADOW_NAMESPACE, tellsBeginning } from './log-names.ts';

/** What a request and a bare connection have in common. Text is as it came: whatever a client wrote may stand in it. */
export interface LoggedCommon {
  /** Epoch ms of its beginning. */
  readonly at: number;
  readonly durationMs: number;
  /** Until the first byte of the answer came from upstream, and until the first went to the client; undefined: none did. */
  readonly upstreamMs: number | undefined;
  readonly answerMs: number | undefined;
  readonly remote: string;
  readonly local: string;
  readonly localPort: number;
  readonly secured: boolean;
  /** URI names of the client's verified certificate. */
  readonly peers: readonly string[];
  readonly tlsVersion: number;
  readonly cluster: string;
  readonly upstream: string;
  readonly route: string;
  /** Envoy's short words: `UF`, `NR`. */
  readonly flags: readonly string[];
  readonly attempts: number;
  readonly upstreamFailure: string;
  readonly downstreamFailure: string;
  readonly termination: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly tags: Readonly<Record<string, string>>;
  /** What the authorization filter has left of its decisions. */
  readonly authorization: Readonly<Record<string, string>>;
}

export interface LoggedRequest extends LoggedCommon {
  readonly kind: 'request';
  readonly id: string;
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly userAgent: string;
  readonly status: number;
  readonly details: string;
  /** `weft-reason` of the answer. */
  readonly reason: string;
  readonly grpcStatus: string;
}

export interface LoggedStream extends LoggedCommon {
  readonly kind: 'connection';
  /** It goes on. */
  readonly living: boolean;
}

export interface LoggedEntries {
  /** Name of the log; only the first message of a stream has it. */
  readonly log: string | undefined;
  readonly entries: readonly (LoggedRequest | LoggedStream)[];
}

const FLAGS: readonly (readonly [keyof ResponseFlags & string, string])[] = [
  ['failedLocalHealthcheck', 'LH'],
  ['noHealthyUpstream', 'UH'],
  ['upstreamRequestTimeout', 'UT'],
  ['localReset', 'LR'],
  ['upstreamRemoteReset', 'UR'],
  ['upstreamConnectionFailure', 'UF'],
  ['upstreamConnectionTermination', 'UC'],
  ['upstreamOverflow', 'UO'],
  ['noRouteFound', 'NR'],
  ['delayInjected', 'DI'],
  ['faultInjected', 'FI'],
  ['rateLimited', 'RL'],
  ['unauthorizedDetails', 'UAEX'],
  ['rateLimitServiceError', 'RLSE'],
  ['downstreamConnectionTermination', 'DC'],
  ['upstreamRetryLimitExceeded', 'URX'],
  ['streamIdleTimeout', 'SI'],
  ['invalidEnvoyRequestHeaders', 'IH'],
  ['downstreamProtocolError', 'DPE'],
  ['upstreamMaxStreamDurationReached', 'UMSDR'],
  ['noFilterConfigFound', 'NFCF'],
  ['durationTimeout', 'DT'],
  ['upstreamProtocolError', 'UPE'],
  ['noClusterFound', 'NC'],
  ['overloadManager', 'OM'],
  ['dnsResolutionFailure', 'DF'],
  ['downstreamRemoteReset', 'DR'],
];

const ms = (value: Duration | Timestamp | undefined): number => (value === undefined ? 0 : Number(value.seconds) * 1000 + value.nanos / 1e6);

function addressOf(address: Address | undefined): { readonly host: string; readonly port: number } {
  if (address?.address.case === 'pipe') return { host: address.address.value.path, port: 0 };
  const socket = address?.address.case === 'socketAddress' ? address.address.value : undefined;
  const port = socket?.portSpecifier.case === 'portValue' ? socket.portSpecifier.value : 0;
  return { host: socket?.address ?? '', port };
}

function flagsOf(flags: ResponseFlags | undefined): readonly string[] {
  if (flags === undefined) return [];
  return FLAGS.flatMap(([field, word]) => (flags[field] === true || (field === 'unauthorizedDetails' && flags[field] !== undefined) ? [word] : []));
}

function authorizationOf({ metadata }: AccessLogCommon): Readonly<Record<string, string>> {
  const found = metadata?.filterMetadata[SHADOW_NAMESPACE];
  if (found === undefined) return {};
  return Object.fromEntries(Object.entries(found).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
}

function commonOf(common: AccessLogCommon): LoggedCommon {
  const local = addressOf(common.downstreamLocalAddress);
  const names = common.tlsProperties?.peerCertificateProperties?.subjectAltName ?? [];
  return {
    at: ms(common.startTime),
    durationMs: common.duration === undefined ? ms(common.timeToLastDownstreamTxByte) : ms(common.duration),
    upstreamMs: common.timeToFirstUpstreamRxByte === undefined ? undefined : ms(common.timeToFirstUpstreamRxByte),
    answerMs: common.timeToFirstDownstreamTxByte === undefined ? undefined : ms(common.timeToFirstDownstreamTxByte),
    remote: addressOf(common.downstreamRemoteAddress).host,
    local: local.host,
    localPort: local.port,
    secured: common.tlsProperties !== undefined,
    peers: names.flatMap(({ san }) => (san.case === 'uri' ? [san.value] : [])),
    tlsVersion: common.tlsProperties?.tlsVersion ?? 0,
    cluster: common.upstreamCluster,
    upstream: textOf(addressOf(common.upstreamRemoteAddress)),
    route: common.routeName,
    flags: flagsOf(common.responseFlags),
    attempts: common.upstreamRequestAttemptCount,
    upstreamFailure: common.upstreamTransportFailureReason,
    downstreamFailure: common.downstreamTransportFailureReason,
    termination: common.connectionTerminationDetails,
    receivedBytes: Number(common.downstreamWireBytesReceived),
    sentBytes: Number(common.downstreamWireBytesSent),
    tags: common.customTags,
    authorization: authorizationOf(common),
  };
}

const textOf = ({ host, port }: { readonly host: string; readonly port: number }): string => (host === '' ? '' : `${host}:${port}`);

/** One entry of HTTP; none of what tells of a beginning. */
export function requestOf({ commonProperties, request, response }: HTTPAccessLogEntry): readonly LoggedRequest[] {
  if (commonProperties === undefined || tellsBeginning(commonProperties.accessLogType)) return [];
  const method = RequestMethod[request?.requestMethod ?? RequestMethod.METHOD_UNSPECIFIED];
  return [
    {
      ...commonOf(commonProperties),
      kind: 'request',
      id: request?.requestId ?? '',
      // Envoy's enum has no name for methods that it does not know.
      method: method === undefined || method === 'METHOD_UNSPECIFIED' ? '' : method,
      authority: request?.authority ?? '',
      path: request?.path ?? '',
      userAgent: request?.userAgent ?? '',
      status: response?.responseCode ?? 0,
      details: response?.responseCodeDetails ?? '',
      reason: response?.responseHeaders['weft-reason'] ?? '',
      grpcStatus: response?.responseTrailers['grpc-status'] ?? response?.responseHeaders['grpc-status'] ?? '',
    },
  ];
}

function streamOf({ commonProperties }: TCPAccessLogEntry): readonly LoggedStream[] {
  if (commonProperties === undefined || tellsBeginning(commonProperties.accessLogType)) return [];
  return [{ ...commonOf(commonProperties), kind: 'connection', living: commonProperties.accessLogType === AccessLogType.TcpPeriodic }];
}

/** Reads one message of a stream of records. Throws on bytes that are none. */
export function decodeRecords(bytes: Uint8Array): LoggedEntries {
  const { identifier, logEntries } = fromBinary(StreamAccessLogsMessageSchema, bytes);
  const log = identifier?.logName;
  if (logEntries.case === 'httpLogs') return { log, entries: logEntries.value.logEntry.flatMap(requestOf) };
  if (logEntries.case === 'tcpLogs') return { log, entries: logEntries.value.logEntry.flatMap(streamOf) };
  return { log, entries: [] };
}

const IDENTIFIER = 1;

/** Name of the log that a first message is of; undefined when it has none or cannot be read. Entries are not looked at: clients wrote them. */
export function logOf(bytes: Uint8Array): string | undefined {
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (field === IDENTIFIER) return fromBinary(StreamAccessLogsMessage_IdentifierSchema, reader.bytes()).logName;
      reader.skip(type, field);
    }
  } catch {
    // not a message
  }
  return undefined;
}
