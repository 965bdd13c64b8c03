import {
  adsSource,
  CookieConfig_SameSite,
  duration,
  headerMatcher,
  type Init,
  OAuth2Config_AuthType,
  type OAuth2ConfigSchema,
  OAuth2PerRouteSchema,
  type Packed,
  pack,
} from '../../envoy/index.ts';
import { cookieName, type ProviderEndpoints, type SignInPlan, secretNames } from './plan.ts';

/** How long somebody may take at the provider. */
const FLOW_S = 600;
/** Access tokens of which the provider does not say when they end. */
const UNSAID_S = 3600;
const REFRESH_S = 7 * 24 * 3600;
const TOKEN_MS = 5000;
const SAME_SITE = { Strict: CookieConfig_SameSite.STRICT, Lax: CookieConfig_SameSite.LAX, None: CookieConfig_SameSite.NONE } as const;

export interface Provided {
  readonly endpoints: ProviderEndpoints;
  /** By which the token endpoint is called. */
  readonly cluster: string;
}

/** The filter that signs users in, for a route. Source: envoy.extensions.filters.http.oauth2.v3.OAuth2Config, every field that matters written out. */
export function signInFilter(plan: SignInPlan, { endpoints, cluster }: Provided): Packed {
  const { scopes, redirectPath, logoutPath, forwardAccessToken, idTokenHeader, refresh } = plan;
  const { authorizationEndpoint, tokenEndpoint, endSessionEndpoint } = endpoints;
  const exactly = (path: string) => ({ rule: { case: 'path' as const, value: { matchPattern: { case: 'exact' as const, value: path } } } });
  const config: Init<typeof OAuth2ConfigSchema> = {
    tokenEndpoint: { uri: tokenEndpoint, httpUpstreamType: { case: 'cluster', value: cluster }, timeout: duration(TOKEN_MS) },
    authorizationEndpoint,
    // Without an ID token nobody can be signed out at the provider.
    ...(endSessionEndpoint === undefined || !scopes.includes('openid') ? {} : { endSessionEndpoint }),
    credentials: credentialsOf(plan),
    redirectUri: `https://%REQ(:AUTHORITY)%${redirectPath}`,
    redirectPathMatcher: exactly(redirectPath),
    signoutPath: exactly(logoutPath),
    forwardBearerToken: forwardAccessToken,
    ...(idTokenHeader === undefined ? {} : { forwardIdToken: { header: idTokenHeader } }),
    preserveAuthorizationHeader: false,
    authScopes: [...scopes],
    authType: OAuth2Config_AuthType.URL_ENCODED_BODY,
    useRefreshToken: refresh,
    defaultExpiresIn: duration(UNSAID_S * 1000),
    defaultRefreshTokenExpiresIn: duration(REFRESH_S * 1000),
    csrfTokenExpiresIn: duration(FLOW_S * 1000),
    codeVerifierTokenExpiresIn: duration(FLOW_S * 1000),
    denyRedirectMatcher: programs(),
    // What nobody is given is not kept: the filter puts tokens of its cookies, opened, into the request's own.
    disableAccessTokenSetCookie: !forwardAccessToken,
    disableIdTokenSetCookie: idTokenHeader === undefined && endSessionEndpoint === undefined,
    disableRefreshTokenSetCookie: !refresh,
    disableTokenEncryption: false,
    cookieConfigs: cookiesOf(plan),
    statPrefix: 'weft',
  };
  return pack(OAuth2PerRouteSchema, { config });
}

/** What is no page that a person opens is told 401, since it could not follow to a page where he signs in. */
function programs() {
  return [
    headerMatcher('sec-fetch-mode', 'regex', 'cors|no-cors|same-origin|websocket'),
    headerMatcher(':method', 'regex', 'POST|PUT|PATCH|DELETE'),
    headerMatcher('x-requested-with', 'exact', 'XMLHttpRequest'),
  ];
}

function credentialsOf(plan: SignInPlan) {
  const { client, cookies } = secretNames(plan);
  return {
    clientId: plan.clientId,
    tokenSecret: { name: client, sdsConfig: adsSource() },
    tokenFormation: { case: 'hmacSecret' as const, value: { name: cookies, sdsConfig: adsSource() } },
    cookieNames: {
      bearerToken: cookieName(plan, 'access'),
      oauthHmac: cookieName(plan, 'seal'),
      oauthExpires: cookieName(plan, 'until'),
      idToken: cookieName(plan, 'id'),
      refreshToken: cookieName(plan, 'refresh'),
      oauthNonce: cookieName(plan, 'nonce'),
      codeVerifier: cookieName(plan, 'verifier'),
    },
    cookieDomain: '',
  };
}

/** The provider sends the browser back from its own site, so what is remembered until then cannot be Strict. */
function cookiesOf({ sameSite }: SignInPlan) {
  const session = { sameSite: SAME_SITE[sameSite], path: '/', partitioned: false };
  const flow = { sameSite: sameSite === 'None' ? CookieConfig_SameSite.NONE : CookieConfig_SameSite.LAX, path: '/', partitioned: false };
  return {
    bearerTokenCookieConfig: session,
    oauthHmacCookieConfig: session,
    oauthExpiresCookieConfig: session,
    idTokenCookieConfig: session,
    refreshTokenCookieConfig: session,
    oauthNonceCookieConfig: flow,
    codeVerifierCookieConfig: flow,
  };
}
