// How people sign in to the management API, beside tokens: what an operator sets at `weft up`.

export interface OidcSettings {
  /** As in the tokens' `iss`: https://issuer.example. */
  readonly issuer: string;
  /** The `aud` that tokens for Weft have: the client's id. */
  readonly audience: string;
  /** Default `sub`. With `email`, an address that the issuer has not verified is refused. */
  readonly usernameClaim?: string;
  /** Default `groups`. */
  readonly groupsClaim?: string;
  /** In front of users and groups, so that nobody is taken for somebody of another source. Default `oidc:`. */
  readonly prefix?: string;
  /** Authorities of the issuer's own certificate, instead of those of the system. */
  readonly caPem?: string;
}

export interface SignInSettings {
  readonly oidc?: OidcSettings;
  /** Authorities whose certificates name people: the common name is the user, organisations are groups. */
  readonly clientCaPem?: string;
}
