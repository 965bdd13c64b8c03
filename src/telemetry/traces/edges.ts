/** An outbound span and the inbound one that caused it, concluded from times. */
export interface SpanEdge {
  readonly child: string;
  readonly childTrace: string;
  readonly parent: string;
  readonly parentTrace: string;
  readonly confidence: number;
}
