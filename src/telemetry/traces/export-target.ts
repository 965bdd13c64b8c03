/** A collector that takes OTLP, and how it is spoken to. */
export interface ExportTarget {
  /** `http://host:4318/v1/traces`, or `grpc://host:4317` (`grpcs://` with TLS). */
  readonly endpoint: string;
  readonly headers?: Readonly<Record<string, string>>;
}
