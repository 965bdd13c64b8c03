// Addresses of a provider: where browsers are sent, and where proxies and the control plane ask.

const HTTPS = /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[^\s?#]*)?$/;
const INSIDE = /^http:\/\/[a-z0-9-]+\.[a-z0-9-]+\.[a-z0-9.-]+(:\d{1,5})?(\/[^\s?#]*)?$/;

/** What is wrong with the address of an issuer, or of an endpoint that browsers are sent to; undefined when it is right (OpenID Connect Discovery §3: https, no query, no fragment). */
export function browserProblem(url: string): string | undefined {
  return HTTPS.test(url) ? undefined : 'must be an https URL with a name, and without user, query and fragment';
}

/** The same for a token endpoint, which may be a Service of the mesh. */
export function tokenEndpointProblem(url: string): string | undefined {
  return HTTPS.test(url) || INSIDE.test(url) ? undefined : 'must be an https URL, or http and the name of a Service of the mesh';
}

/** Where an issuer says its endpoints (OpenID Connect Discovery §4). */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
