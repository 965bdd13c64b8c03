/**
 * Where the claims and the header of a verified token stand while a request passes: written by the filter that verifies (`weft.jwt`), read by
 * authorization. The namespace is Envoy's own for that filter, whatever the filter is called; the key is ours (`payload_in_metadata`, `header_in_metadata`).
 * Source: envoy.extensions.filters.http.jwt_authn.v3.JwtProvider.
 */
export const TOKEN_METADATA = { namespace: 'envoy.filters.http.jwt_authn', key: 'payload', header: 'header' } as const;
