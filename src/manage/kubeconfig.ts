export interface KubeconfigOptions {
  /** `https://127.0.0.1:7400`. */
  readonly url: string;
  readonly rootPem: string;
  readonly token: string;
}

/** A configuration with which kubectl reaches the management API. It holds the admin token: write it 0600. */
export function kubeconfig({ url, rootPem, token }: KubeconfigOptions): string {
  const name = 'weft';
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: url, 'certificate-authority-data': Buffer.from(rootPem).toString('base64') } }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    },
    undefined,
    2,
  )}\n`;
}
