/** An outbound span and the inbound one that caused it, where its proxy was not told: inferred from times, or told by an application in B3. */
export interface SpanEdge {
  readonly child: string;
  readonly childTrace: string;
  readonly parent: string;
  readonly parentTrace: string;
  /** Below 1; 1: it was told. */
  readonly confidence: number;
}
