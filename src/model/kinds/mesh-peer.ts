import { z } from 'zod';
import { readCertificate } from '../x509/certificate.ts';
import { fromBase64 } from '../x509/index.ts';
import { fields } from './fields.ts';
import { defineKind, type Report } from './kind.ts';

/** How the endpoint shows who it is (SPIFFE Federation §5.2): by a certificate of the web, or by an identity of the peer itself. */
const endpoint = fields({
  url: z.string(),
  profile: z.enum(['https_web', 'https_spiffe']),
  spiffeId: z.string().optional(),
});

export const meshPeerSchema = fields({
  /** A SPIFFE bundle, JSON. */
  bundle: z.string().optional(),
  endpoint: endpoint.optional(),
});
export type MeshPeerSpec = z.output<typeof meshPeerSchema>;

const MAX_BUNDLE = 1024 * 1024;

export const meshPeerKind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'MeshPeer',
  plural: 'meshpeers',
  shortNames: [],
  namespaced: false,
  summary: 'Another mesh whose workloads may call this one, by the name of its trust domain. What they may do is for AuthorizationPolicies.',
  schema: meshPeerSchema,
  columns: [
    { name: 'ENDPOINT', path: 'spec.endpoint.url' },
    { name: 'PROFILE', path: 'spec.endpoint.profile' },
  ],
  check: ({ metadata, spec }, report) => {
    const { bundle, endpoint: at } = spec;
    if (bundle === undefined && at === undefined) report('WEFT2231', 'spec', 'neither a bundle nor an endpoint is given, so nobody of it can be recognised');
    if (bundle !== undefined) checkBundle(bundle, report);
    if (at !== undefined) checkEndpoint(at, { trustDomain: metadata.name, bundle }, report);
  },
});

function checkBundle(text: string, report: Report): void {
  const found = authoritiesIn(text);
  if (typeof found === 'string') report('WEFT2232', 'spec.bundle', found);
}

/** How many X.509 authorities a bundle has, or what is wrong with it (SPIFFE Trust Domain and Bundle §4, X509-SVID §6.2). */
function authoritiesIn(text: string): number | string {
  if (text.length > MAX_BUNDLE) return 'it is larger than 1 MiB';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is no JSON: write the bundle as the other mesh prints it (weft bundle)';
  }
  const keys = (value as { readonly keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) return 'it has no list of keys, so it is no JWK set';
  const authorities = keys.filter(
    (key: { readonly use?: unknown; readonly x5c?: unknown } | null) => key?.use === 'x509-svid' && Array.isArray(key.x5c) && key.x5c.length > 0,
  );
  if (authorities.length === 0) return 'it has no key for X.509 identities (use "x509-svid" with x5c)';
  const broken = authorities.findIndex(({ x5c: [first] }: { readonly x5c: readonly unknown[] }) => {
    const der = typeof first === 'string' ? fromBase64(first) : undefined;
    return der === undefined || readCertificate(der) === undefined;
  });
  return broken < 0 ? authorities.length : `the certificate of its authority ${broken + 1} cannot be read`;
}

interface Own {
  readonly trustDomain: string;
  readonly bundle: string | undefined;
}

function checkEndpoint({ url, profile, spiffeId }: NonNullable<MeshPeerSpec['endpoint']>, { trustDomain, bundle }: Own, report: Report): void {
  if (!/^https:\/\/[^/?#@\s]+([/?][^#\s]*)?$/.test(url)) report('WEFT2233', 'spec.endpoint.url', 'must be an https URL without user or fragment');
  if (profile === 'https_web') {
    if (spiffeId !== undefined)
      report('WEFT2233', 'spec.endpoint.spiffeId', 'an endpoint of the profile https_web is known by its host name, not by a SPIFFE ID');
    return;
  }
  if (bundle === undefined)
    report('WEFT2233', 'spec.bundle', 'an endpoint of the profile https_spiffe is recognised by the bundle that is known already: give a first one');
  if (spiffeId === undefined || !spiffeId.startsWith(`spiffe://${trustDomain}/`))
    report('WEFT2233', 'spec.endpoint.spiffeId', `must be the identity of the endpoint, in the trust domain of the peer: spiffe://${trustDomain}/…`);
}
