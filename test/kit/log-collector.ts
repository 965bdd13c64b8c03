// A collector of logs that is a real server in this process: OTLP over HTTP, with TLS and a client's certificate where they are wanted.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecured, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fromBinary } from '@bufbuild/protobuf';
import { ExportLogsServiceRequestSchema } from '#gen/opentelemetry/proto/collector/logs/v1/logs_service_pb.js';

export interface CollectedLine {
  readonly body: string;
  readonly severity: string;
  readonly service: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Headers of the message that it came in. */
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface LogCollector {
  readonly port: number;
  readonly lines: CollectedLine[];
  close(): void;
}

type Attributes = readonly { readonly key: string; readonly value?: { readonly value: { readonly value?: unknown } } | undefined }[];
const named = (attributes: Attributes = []): Readonly<Record<string, string>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(value?.value.value ?? '')]));

export async function startLogCollector(tls?: ServerOptions): Promise<LogCollector> {
  const lines: CollectedLine[] = [];
  const take: RequestListener = (request, reply) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => void pieces.push(piece));
    request.on('end', () => {
      const { resourceLogs } = fromBinary(ExportLogsServiceRequestSchema, Buffer.concat(pieces));
      for (const { resource, scopeLogs } of resourceLogs)
        for (const { body, severityText, attributes } of scopeLogs.flatMap(({ logRecords }) => logRecords))
          lines.push({
            body: String(body?.value.value ?? ''),
            severity: severityText,
            service: named(resource?.attributes)['service.name'] ?? '',
            attributes: named(attributes),
            headers: { ...request.headers, path: request.url },
          });
      reply.end();
    });
  };
  const server = (tls === undefined ? createServer(take) : createSecured(tls, take)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, lines, close: () => void server.close() };
}
