// What is wrong with RequestAuthenticationPolicies and ExternalAuthorizationPolicies: 2150–2179.
import type { DiagnosticKind } from './diagnostics.ts';

export const REQUESTS = {
  WEFT2150: {
    severity: 'error',
    title: 'an issuer twice',
    docs: 'A RequestAuthenticationPolicy names one issuer twice; nobody could tell which of the two counts.',
    hint: 'put the audiences and keys of both into one entry',
  },
  WEFT2151: {
    severity: 'warning',
    title: 'any audience',
    docs: 'An issuer without audiences: a token that it made for another application is valid here, too, and whoever has one can use it.',
    hint: 'audiences: [the name by which the issuer knows this application]',
    fate: 'applied',
  },
  WEFT2152: {
    severity: 'error',
    title: 'keys that cannot be used',
    docs: 'The JWKS document of an issuer cannot be read, has no key, one of a type that proxies cannot use, one that is too short, or one that is secret.',
    hint: 'take the document that the issuer publishes (jwks_uri)',
  },
  WEFT2153: {
    severity: 'error',
    title: 'address of keys',
    docs: 'The address of keys is not one that proxies fetch from: a URL with a name for its host, which is neither the machine itself nor what is around it. What is in the mesh is called by the name of its Service.',
    hint: 'https://idp.example.com/jwks.json, or http://NAME.NAMESPACE.mesh/jwks.json for a Service of the mesh',
  },
  WEFT2154: {
    severity: 'error',
    title: 'header of others',
    docs: 'A claim is to be written into a header that decides where the request goes, or by which only proxies speak.',
    hint: 'choose another name, for example x-user',
  },
  WEFT2155: {
    severity: 'error',
    title: 'keys that nobody serves',
    docs: 'No ExternalService has the host of a jwks address, and it is no Service of the mesh, or has no such port, or is a Service that is asked in plaintext or by an address that must not be asked. Tokens of this issuer are refused until there is one.',
    hint: 'apply an ExternalService with this host and port, and tls: {} for https',
  },
  WEFT2156: {
    severity: 'error',
    title: 'call not permitted',
    docs: 'A policy names an authorizer, a processor, keys or a token endpoint in another namespace, and would have proxies of a third one call it as themselves: a Gateway to which the route is attached, or everybody’s. Nobody there has permitted that, so it is not called, and requests are treated as if it could not be: authorizers and processors as their failure mode says, no token of the issuer is valid, nobody can sign in.',
    hint: 'apply a ReferenceGrant in the namespace of what is named: from { group: weft.dev, kind: the policy’s kind, namespace: the policy’s }, to { group: "", kind: Service }',
  },
  WEFT2160: {
    severity: 'warning',
    title: 'open while nobody decides',
    docs: 'An ExternalAuthorizationPolicy with failureMode: Allow: who makes the authorizer slow or unreachable is let in.',
    hint: 'failureMode: Deny',
    fate: 'applied',
  },
  WEFT2161: {
    severity: 'error',
    title: 'authorizer that cannot be asked',
    docs: 'The authorizer of an ExternalAuthorizationPolicy does not exist, or its port does not, or speaks something else. Requests are treated as its failureMode says.',
    hint: 'apply the Service, or correct the name, the port or its appProtocol',
  },
  WEFT2162: {
    severity: 'error',
    title: 'too many authorizers',
    docs: 'More than four ExternalAuthorizationPolicies meet in front of one port. Proxies have four filters for them, and somebody who is not asked cannot agree: nobody is let in there.',
    hint: 'let one authorizer ask the others',
  },
  WEFT2163: {
    severity: 'error',
    title: 'checked where requests arrive',
    docs: 'The policy names a route that is attached to Services. Tokens and authorizers are asked at Gateways and in front of the application, where nobody can tell by which rule a request of the mesh came; callers do not check themselves. What comes by a Gateway is checked there.',
    hint: 'name the Service instead',
  },
} as const satisfies Record<string, DiagnosticKind>;
