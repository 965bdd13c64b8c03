/** What a client goes by and shows, in PEM: without authorities those of the system; without a certificate it shows none. */
export interface ClientTls {
  readonly authoritiesPem?: string | undefined;
  readonly certificatePem?: string | undefined;
  readonly keyPem?: string | undefined;
}
