import { EarlyHeaderMutationSchema, extension, stringMatcher } from '../../envoy/index.ts';

/** Headers by which the mesh talks to itself, or Envoy to Envoy: from outside they could only be forged. */
const OF_THE_MESH = ['weft-', 'x-envoy-', 'x-forwarded-client-cert'];

/** Takes them off a request before anything reads them. */
export function withoutForgedHeaders() {
  return extension('envoy.http.early_header_mutation.header_mutation', EarlyHeaderMutationSchema, {
    mutations: OF_THE_MESH.map((prefix) => ({ action: { case: 'removeOnMatch' as const, value: { keyMatcher: stringMatcher('prefix', prefix) } } })),
  });
}
