import type { Checked, Report } from '../../model/index.ts';
import { browserProblem, tokenEndpointProblem } from './addresses.ts';
import { LOGOUT_PATH, REDIRECT_PATH } from './plan.ts';
import type { OidcSpec } from './schema.ts';

/** Headers that decide where a request goes or what it is: no token may be written there. */
const TAKEN = /^(:|host$|content-length$|transfer-encoding$|connection$|cookie$|weft-|x-envoy-|x-forwarded-)/i;

/** Addresses that may be asked, paths that can be told apart, tokens that there are. */
export function checkOidc({ spec }: Checked<OidcSpec>, report: Report): void {
  const { targetRefs, issuer, provider, scopes, idTokenHeader, redirectPath = REDIRECT_PATH, logoutPath = LOGOUT_PATH } = spec;
  if (targetRefs.length === 0) report('WEFT1801', 'spec', 'the policy has no targetRefs, so it has no effect');
  const about = (path: string, problem: string | undefined): void => void (problem !== undefined && report('WEFT2173', path, problem));
  about('spec.issuer', browserProblem(issuer));
  if (provider !== undefined) {
    about('spec.provider.authorizationEndpoint', browserProblem(provider.authorizationEndpoint));
    about('spec.provider.tokenEndpoint', tokenEndpointProblem(provider.tokenEndpoint));
    if (provider.endSessionEndpoint !== undefined) about('spec.provider.endSessionEndpoint', browserProblem(provider.endSessionEndpoint));
  }
  if (redirectPath === logoutPath) report('WEFT2175', 'spec.logoutPath', `both are ${redirectPath}`);
  const openid = scopes === undefined || scopes.includes('openid');
  if (!openid && idTokenHeader !== undefined) report('WEFT2176', 'spec.idTokenHeader', 'scopes has no "openid", so there is no ID token');
  if (!openid && provider?.endSessionEndpoint !== undefined)
    report('WEFT2176', 'spec.provider.endSessionEndpoint', 'scopes has no "openid", so there is no ID token to sign out with');
  if (idTokenHeader !== undefined && TAKEN.test(idTokenHeader)) report('WEFT2154', 'spec.idTokenHeader', `${idTokenHeader} is not for tokens`);
}
