/** What GET /weft/v1/status answers. */
export interface ControlPlaneStatus {
  readonly version: string;
  readonly trustDomain: string;
  readonly xdsAddress: string;
  readonly rootPem: string;
  readonly rootFingerprint: string;
  readonly revision: number;
  /** Its clock, epoch ms; absent before it told. */
  readonly now?: number;
  /** The caller may not read all namespaces: there are no numbers. */
  readonly limited?: true;
  readonly documents?: Readonly<Record<string, number>>;
  readonly proxies?: { readonly total: number; readonly connected: number; readonly inSync: number; readonly refused: number };
  readonly counters?: Readonly<Record<string, number>>;
}
