// A sign-in in Weft's own words: what an OIDCPolicy says, whatever the mesh around it.
import type { Policy } from '../../model/index.ts';
import type { OidcSpec } from './schema.ts';

export const REDIRECT_PATH = '/oauth2/callback';
export const LOGOUT_PATH = '/oauth2/logout';
const SCOPES = ['openid', 'email', 'profile'];

/** A value of a Secret. */
export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** Where a provider is asked. */
export interface ProviderEndpoints {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly endSessionEndpoint?: string;
}

export interface SignInPlan {
  /** `namespace/name` of the policy. */
  readonly policy: string;
  readonly issuer: string;
  /** Undefined: the issuer is asked. */
  readonly provider?: ProviderEndpoints;
  readonly clientId: string;
  readonly clientSecret: SecretPlace;
  readonly cookieSecret: SecretPlace;
  readonly scopes: readonly string[];
  readonly redirectPath: string;
  readonly logoutPath: string;
  readonly forwardAccessToken: boolean;
  readonly idTokenHeader?: string;
  readonly sameSite: 'Strict' | 'Lax' | 'None';
  readonly refresh: boolean;
}

/** What a policy says, with what holds where it says nothing. */
export function signInPlan({ namespace, name, spec }: Pick<Policy, 'namespace' | 'name' | 'spec'>): SignInPlan {
  const said = spec as unknown as OidcSpec;
  const { provider, idTokenHeader, clientSecretRef, cookieSecretRef } = said;
  const { endSessionEndpoint, ...endpoints } = provider ?? { endSessionEndpoint: undefined };
  return {
    policy: `${namespace}/${name}`,
    issuer: said.issuer,
    ...(provider === undefined
      ? {}
      : { provider: { ...(endpoints as ProviderEndpoints), ...(endSessionEndpoint === undefined ? {} : { endSessionEndpoint }) } }),
    clientId: said.clientId,
    clientSecret: { namespace, name: clientSecretRef.name, key: clientSecretRef.key ?? 'client-secret' },
    cookieSecret: { namespace, name: cookieSecretRef.name, key: cookieSecretRef.key ?? 'cookie-secret' },
    scopes: said.scopes ?? SCOPES,
    redirectPath: said.redirectPath ?? REDIRECT_PATH,
    logoutPath: said.logoutPath ?? LOGOUT_PATH,
    forwardAccessToken: said.forwardAccessToken ?? false,
    ...(idTokenHeader === undefined ? {} : { idTokenHeader }),
    sameSite: said.cookies?.sameSite ?? 'Lax',
    refresh: said.refresh ?? true,
  };
}

/** Name of a policy's cookies, which no other policy has; `__Host-`: browsers take it from this very host alone. */
export function cookieName({ policy }: Pick<SignInPlan, 'policy'>, what: string): string {
  return `__Host-weft-${policy.replace('/', '.')}-${what}`;
}

/** Under which names proxies get what is secret: the client secret as it is, and the key for the cookies of one policy. */
export function secretNames({ policy, clientSecret: { namespace, name, key } }: Pick<SignInPlan, 'policy' | 'clientSecret'>) {
  return { client: `Secret/${namespace}/${name}#${key}`, cookies: `sign-in:${policy}` };
}

/** The key for cookies: that of one policy opens no other one's, also where both have the same Secret. */
export function cookieKey({ policy, issuer, clientId }: Pick<SignInPlan, 'policy' | 'issuer' | 'clientId'>, secret: string): string {
  return `${JSON.stringify([policy, issuer, clientId])}${secret}`;
}
