const HTTPS = /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[^\s?#]*)?$/;

export type ProviderMetadata =
  | { readonly authorizationEndpoint: string; readonly tokenEndpoint: string; readonly endSessionEndpoint?: string }
  | { readonly problem: string };

const urlAt = (json: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = json[name];
  return typeof value === 'string' && value.length <= 2048 && HTTPS.test(value) ? value : undefined;
};

/** What a provider says of itself (OpenID Connect Discovery §3 and §4.3), or why it is not believed. Nothing of the answer stands in the words. */
export function readMetadata(issuer: string, answer: unknown): ProviderMetadata {
  if (answer === null || typeof answer !== 'object' || Array.isArray(answer)) return { problem: `what ${issuer} answers is no provider metadata` };
  const json = answer as Readonly<Record<string, unknown>>;
  if (json['issuer'] !== issuer) return { problem: `${issuer} says that it is another issuer` };
  const authorizationEndpoint = urlAt(json, 'authorization_endpoint');
  const tokenEndpoint = urlAt(json, 'token_endpoint');
  if (authorizationEndpoint === undefined || tokenEndpoint === undefined) return { problem: `${issuer} does not say its endpoints as https addresses` };
  const types = json['response_types_supported'];
  if (Array.isArray(types) && !types.includes('code')) return { problem: `${issuer} does not offer authorization codes` };
  const challenges = json['code_challenge_methods_supported'];
  if (Array.isArray(challenges) && !challenges.includes('S256')) return { problem: `${issuer} does not offer PKCE with S256` };
  const endSessionEndpoint = urlAt(json, 'end_session_endpoint');
  return { authorizationEndpoint, tokenEndpoint, ...(endSessionEndpoint === undefined ? {} : { endSessionEndpoint }) };
}
