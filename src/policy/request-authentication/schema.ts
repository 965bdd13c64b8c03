import { z } from 'zod';
import { attachment, duration, fields, positiveDuration } from '../../model/index.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerName = z.string().max(256, 'must be at most 256 characters').regex(TOKEN, 'must be the name of a header');
const text = (most: number) => z.string().min(1, 'must not be empty').max(most, `must be at most ${most} characters`);

const keys = fields({
  /** A JWKS document (RFC 7517), as JSON. */
  inline: text(256 * 1024).optional(),
  /** Where each proxy fetches it: a Service of the mesh, or the host of an ExternalService. */
  remote: fields({ uri: text(2048), timeout: positiveDuration.optional(), cache: positiveDuration.optional() }).optional(),
});

const place = fields({
  header: fields({ name: headerName, prefix: z.string().max(64, 'must be at most 64 characters').optional() }).optional(),
  query: text(256).optional(),
  cookie: text(256).optional(),
});

const issuer = fields({
  /** Exactly as it stands in `iss`. */
  issuer: text(2048),
  audiences: z.array(text(2048)).min(1, 'must not be empty').max(32, 'at most 32 entries').optional(),
  keys,
  /** Where its tokens stand; `Authorization: Bearer` unless said otherwise. */
  from: z.array(place).min(1, 'must not be empty').max(8, 'at most 8 entries').optional(),
  /** The token itself goes on to the application. */
  forward: z.boolean().optional(),
  claimsToHeaders: z
    .array(fields({ claim: text(256), header: headerName }))
    .max(32, 'at most 32 entries')
    .optional(),
  /** A header for all claims, as base64 of JSON. */
  payloadHeader: headerName.optional(),
  clockSkew: duration.optional(),
  maxLifetime: positiveDuration.optional(),
});

export const requestAuthenticationSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'Gateway', 'HTTPRoute', 'GRPCRoute'], { selector: true }),
  /** Required: who has no token is refused. Optional: he goes on without one; a token that is not valid is refused all the same. */
  requirement: z.enum(['Required', 'Optional']).optional(),
  issuers: z.array(issuer).max(16, 'at most 16 entries').optional(),
});
export type RequestAuthenticationSpec = z.output<typeof requestAuthenticationSchema>;
export type Issuer = NonNullable<RequestAuthenticationSpec['issuers']>[number];
