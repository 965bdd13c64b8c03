// A certificate says one identity (X509-SVID §2: with two it MUST be rejected). Envoy takes the first to find the trust anchors and any of them to
// match a policy, so the authority of a peer could write a name of ours beside one of its own. Asked of the first bytes of a connection, once.
import { type NamedConfig, NetworkRbacSchema, named, pack, RBAC_Action, RbacMatcherActionSchema, UriSanInputSchema } from '../../envoy/index.ts';

const action = (name: string, what: RBAC_Action) => ({
  onMatch: { case: 'action', value: { name, typedConfig: pack(RbacMatcherActionSchema, { name, action: what }) } } as const,
});

const SEVERAL = {
  input: { name: 'uri_san', typedConfig: pack(UriSanInputSchema, {}) },
  // Envoy joins the URIs of a certificate with commas, and none of ours has one.
  matcher: { case: 'valueMatch', value: { matchPattern: { case: 'contains', value: ',' } } } as const,
};

export const ONE_IDENTITY: NamedConfig = named('weft.one_identity', NetworkRbacSchema, {
  statPrefix: 'weft.one_identity',
  matcher: {
    matcherType: {
      case: 'matcherList',
      value: { matchers: [{ predicate: { matchType: { case: 'singlePredicate', value: SEVERAL } }, onMatch: action('two-identities', RBAC_Action.DENY) }] },
    },
    onNoMatch: action('one-identity', RBAC_Action.ALLOW),
  },
});
