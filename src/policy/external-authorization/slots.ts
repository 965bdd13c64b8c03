/**
 * The fixed filters that ask authorizers, one for each that a place can have: of several filters in one, those behind one that waits would
 * not run.
 */
export const AUTHORIZER_FILTERS = ['weft.ext_authz', 'weft.ext_authz_2', 'weft.ext_authz_3', 'weft.ext_authz_4'] as const;
export type AuthorizerFilterName = (typeof AUTHORIZER_FILTERS)[number];
