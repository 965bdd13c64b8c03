// Where an API server is, whom to believe there, and who we are.

/** How requests say who they are from. Nothing here is ever logged. */
export type Bearer =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  /** Read anew while the process runs: projected tokens are rotated in place. */
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin };

/** A program that prints a credential (client.authentication.k8s.io, ExecCredential). */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string;
}

export interface KubeConfig {
  /** `https://10.0.0.1:6443`, without a slash at the end; may have a path. */
  readonly server: string;
  /** PEM of the authorities that the server's certificate may be from; undefined: those of this system. */
  readonly ca: string | undefined;
  /** Instead of the host of `server`, for its certificate. */
  readonly serverName: string | undefined;
  /** `insecure-skip-tls-verify`: anybody may answer. */
  readonly insecure: boolean;
  /** PEM of a client certificate and its key. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  readonly bearer: Bearer;
  /** What is meant where a namespace is not named. */
  readonly namespace: string;
}
