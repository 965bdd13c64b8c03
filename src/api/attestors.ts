// The file of `weft up --attestors`: who else than the holder of a join token may join, and as whom. A file of the operator and not documents: whoever
// may write documents must not be able to say who may become which identity.
import { z } from 'zod';

const namespace = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the name of a namespace');
const account = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be the name of a service account');
const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and "-"');

const KubernetesToken = z.strictObject({
  type: z.literal('kubernetes-token'),
  name: name.default('kubernetes-token'),
  issuer: z.string().min(1),
  audience: z.string().min(1),
  /** The cluster's keys, as `kubectl get --raw /openid/v1/jwks` prints them. */
  jwksFile: z.string().min(1),
  namespaces: z.array(namespace).min(1),
});

const AwsIid = z.strictObject({
  type: z.literal('aws-iid'),
  name: name.default('aws-iid'),
  /** AWS's public certificates of the regions, PEM. */
  certificateFiles: z.array(z.string().min(1)).min(1),
  rules: z
    .array(
      z.strictObject({
        accountId: z.string().regex(/^\d{12}$/, 'must be the 12 digits of an account'),
        region: z.string().optional(),
        imageId: z.string().optional(),
        instanceType: z.string().optional(),
        availabilityZone: z.string().optional(),
        instanceId: z.string().optional(),
        namespace,
        serviceAccount: account,
      }),
    )
    .min(1),
});

export const AttestorsSchema = z.strictObject({
  attestors: z
    .array(z.discriminatedUnion('type', [KubernetesToken, AwsIid]))
    .refine((all) => new Set(all.map((each) => each.name)).size === all.length, 'two attestors have one name: give them names of their own (name: …)')
    .refine((all) => all.every((each) => each.name !== 'join-token'), '"join-token" is the name of the attestor that is always there'),
});
export type AttestorsFile = z.infer<typeof AttestorsSchema>;

type Declared = AttestorsFile['attestors'][number];
/** What the file says, with the text of the files that it names. */
export type AttestorSetting =
  | { readonly declared: Extract<Declared, { type: 'kubernetes-token' }>; readonly jwks: unknown }
  | { readonly declared: Extract<Declared, { type: 'aws-iid' }>; readonly certificates: readonly string[] };

/** What `weft bans` lists. */
export interface BanView {
  readonly kind: 'workload' | 'serviceaccount';
  readonly namespace: string;
  readonly name: string;
  readonly reason: string;
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
}

/** How it is with a peer, as `weft peers` lists it. */
export interface MeshPeerView {
  readonly trustDomain: string;
  /** How many roots of it are trusted; 0: nobody of it is let in yet. */
  readonly authorities: number;
  readonly sequence?: number;
  /** '' when its bundle stands in the document alone. */
  readonly url: string;
  /** RFC 3339, when its endpoint answered last. */
  readonly fetchedAt?: string;
  /** Why the last attempt failed. */
  readonly problem: string;
}
