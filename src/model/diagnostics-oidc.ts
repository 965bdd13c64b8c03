// What is wrong with OIDCPolicies: 2170–2179. In all of these cases nobody is let in.
import type { DiagnosticKind } from './diagnostics.ts';

export const OIDC = {
  WEFT2170: {
    severity: 'error',
    title: 'secret of a sign-in',
    docs: 'A Secret that an OIDCPolicy refers to does not exist in its namespace, lacks the key, is empty, or (cookieSecretRef) is shorter than 32 bytes. Requests are answered 503 until it is there.',
    hint: 'weft create secret, or apply a Secret with this key; for cookies 32 random bytes, for example of: openssl rand -base64 32',
  },
  WEFT2171: {
    severity: 'error',
    title: 'provider that has not said where it is',
    docs: 'The control plane has asked the issuer of an OIDCPolicy for its endpoints (/.well-known/openid-configuration) and has no usable answer. Requests are answered 503 until there is one; it asks again by itself.',
    hint: 'make the issuer reachable for the control plane by an ExternalService, or write its endpoints under spec.provider',
  },
  WEFT2172: {
    severity: 'error',
    title: 'token endpoint that nobody serves',
    docs: 'No ExternalService has the host of the token endpoint, and it is no Service of the mesh, or it would be asked in plaintext or at an address that must not be asked. Requests are answered 503 until there is one.',
    hint: 'apply an ExternalService with this host and port, and tls: {}',
  },
  WEFT2173: {
    severity: 'error',
    title: 'address of a provider',
    docs: 'An issuer or endpoint of an OIDCPolicy is no address that a browser or a proxy may be sent to: an https URL without user, query or fragment. Only a token endpoint that is a Service of the mesh is called over http (mutual TLS).',
    hint: 'https://idp.example.com',
  },
  WEFT2174: {
    severity: 'warning',
    title: 'sign-in without TLS',
    docs: 'An OIDCPolicy holds at a listener that speaks plain HTTP. Its cookies are Secure: browsers do not keep them there, so nobody gets in by it.',
    hint: 'name the HTTPS listener with sectionName',
  },
  WEFT2175: {
    severity: 'error',
    title: 'paths of a sign-in',
    docs: 'redirectPath and logoutPath are the same: nobody could tell who signs in from who signs out.',
    hint: 'choose another logoutPath',
  },
  WEFT2176: {
    severity: 'error',
    title: 'no ID token',
    docs: 'The scopes of an OIDCPolicy lack "openid", so the provider gives no ID token, and there is none to forward or to sign out with.',
    hint: 'add openid to scopes',
  },
  WEFT2177: {
    severity: 'warning',
    title: 'nobody comes back',
    docs: 'No rule for which the OIDCPolicy holds takes its redirectPath: the provider sends browsers there, and they are not signed in.',
    hint: 'choose a redirectPath below the path of the rule',
  },
} as const satisfies Record<string, DiagnosticKind>;
