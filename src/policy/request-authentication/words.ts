import type { Effective } from '../effective.ts';
import type { PolicyWords, Site } from '../policy.ts';
import { isRequired } from './compile.ts';
import type { RequestAuthenticationSpec } from './schema.ts';

/** `https://idp.example.com, a token is required`. */
export function requestAuthenticationWords({ policies }: Effective, { protocol }: Site): PolicyWords | undefined {
  const issuers = [...new Set(policies.flatMap((policy) => (policy.spec as unknown as RequestAuthenticationSpec).issuers ?? []).map(({ issuer }) => issuer))];
  if (issuers.length === 0 || protocol === 'tcp') return undefined;
  const note = isRequired(policies) ? 'a token is required' : 'who has no token goes on without; a token that is not valid is refused';
  return { value: issuers.join(', '), path: 'issuers', note };
}
