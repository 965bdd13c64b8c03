import type { SignInSettings } from '../api/index.ts';
import type { Clock } from '../base/index.ts';
import type { Bans } from '../identity/index.ts';
import { type ApiOptions, OidcAuthenticator } from '../manage/index.ts';
import { parseSpiffeId } from '../model/index.ts';

interface Around {
  readonly clock: Clock;
  readonly trustDomain: string;
  readonly meshPem: () => string;
  readonly bans: Bans;
}

/** Ways to sign in to the management API beside its own tokens: an issuer, certificates of people, certificates of the mesh. */
export function signingIn(
  settings: SignInSettings = {},
  { clock, trustDomain, meshPem, bans }: Around,
): Pick<ApiOptions, 'authenticators' | 'clientCertificates'> {
  const { oidc, clientCaPem } = settings;
  const banned = (spiffe: string): boolean => {
    const parts = parseSpiffeId(spiffe);
    return !parts.ok || bans.of(parts.value.namespace, undefined, parts.value.serviceAccount) !== undefined;
  };
  return {
    ...(oidc === undefined ? {} : { authenticators: [new OidcAuthenticator(oidc, clock)] }),
    clientCertificates: { trustDomain, meshPem, banned, ...(clientCaPem === undefined ? {} : { peoplePem: clientCaPem }) },
  };
}
