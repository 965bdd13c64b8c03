import type { ClientTls } from '../../wire/index.ts';

/** A collector that takes OTLP, and how it is spoken to. */
export interface ExportTarget {
  /** `http://host:4318`, or `grpc://host:4317` (`https`, `grpcs` with TLS). */
  readonly endpoint: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whom to trust instead of the system's authorities, and what to show. */
  readonly tls?: ClientTls;
}
