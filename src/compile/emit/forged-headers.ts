import { EarlyHeaderMutationSchema, extension, stringMatcher } from '../../envoy/index.ts';

/** Headers by which the mesh talks to itself, or Envoy to Envoy: from an application or from outside they could only be forged. */
const OF_THE_MESH = ['weft-', 'x-weft-', 'x-envoy-'];
/** What a proxy in front says of its client. In front of a gateway there is none: it says these itself. */
const OF_PROXIES = ['x-forwarded-', 'forwarded'];

function without(prefixes: readonly string[]) {
  return extension('envoy.http.early_header_mutation.header_mutation', EarlyHeaderMutationSchema, {
    mutations: prefixes.map((prefix) => ({ action: { case: 'removeOnMatch' as const, value: { keyMatcher: stringMatcher('prefix', prefix) } } })),
  });
}

/** Takes what clients outside could forge off a request, before anything reads it. */
export function withoutForgedHeaders() {
  return without([...OF_THE_MESH, ...OF_PROXIES]);
}

/** The same where requests of callers in the mesh arrive; what they say of their own clients (`x-forwarded-for`) is theirs to say. */
export function withoutHeadersOfTheMesh() {
  return without(OF_THE_MESH);
}
