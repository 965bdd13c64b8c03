// What Envoy tells over its access log service, as far as Weft reads it (envoy.service.accesslog.v3, envoy.data.accesslog.v3).
import { fromBinary } from '@bufbuild/protobuf';
import type { AccessLogCommon } from '#gen/envoy/data/accesslog/v3/accesslog_pb.js';
import { StreamAccessLogsMessageSchema } from '#gen/envoy/service/accesslog/v3/als_pb.js';

export interface LoggedConnection {
  /** URI names of the client's certificate, which Envoy has verified; empty without one. */
  readonly peers: readonly string[];
  /** Where the client wanted to: an IP address and a port. */
  readonly address: string;
  readonly port: number;
}

export interface LoggedBatch {
  /** Name of the log; only the first message of a stream has it. */
  readonly log?: string;
  readonly connections: readonly LoggedConnection[];
}

/** Reads one message of a stream. Throws on bytes that are none. */
export function decodeAccessLogs(bytes: Uint8Array): LoggedBatch {
  const { identifier, logEntries } = fromBinary(StreamAccessLogsMessageSchema, bytes);
  const entries = logEntries.case === undefined ? [] : logEntries.value.logEntry;
  const connections = entries.flatMap(({ commonProperties }) => (commonProperties === undefined ? [] : connectionOf(commonProperties)));
  return identifier === undefined ? { connections } : { log: identifier.logName, connections };
}

function connectionOf({ downstreamLocalAddress, tlsProperties }: AccessLogCommon): readonly LoggedConnection[] {
  const socket = downstreamLocalAddress?.address.case === 'socketAddress' ? downstreamLocalAddress.address.value : undefined;
  if (socket === undefined || socket.portSpecifier.case !== 'portValue') return [];
  const names = tlsProperties?.peerCertificateProperties?.subjectAltName ?? [];
  const peers = names.flatMap(({ san }) => (san.case === 'uri' ? [san.value] : []));
  return [{ peers, address: socket.address, port: socket.portSpecifier.value }];
}
