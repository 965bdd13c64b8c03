import { z } from 'zod';
import { attachment, fields, subdomain } from '../../model/index.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const text = (most: number) => z.string().min(1, 'must not be empty').max(most, `must be at most ${most} characters`);
const url = text(2048);
const path = z
  .string()
  .max(256, 'must be at most 256 characters')
  .regex(/^\/[A-Za-z0-9._~/-]*$/, 'must be a path: "/" and letters, digits, ".", "_", "~", "-"');
const secretRef = fields({
  /** A Secret of the policy's own namespace. */
  name: subdomain,
  key: z
    .string()
    .regex(/^[-._a-zA-Z0-9]{1,253}$/, 'may have letters, digits, "-", "_" and "."')
    .optional(),
});

export const oidcSchema = fields({
  ...attachment(['Gateway', 'HTTPRoute']),
  /** Exactly as the provider calls itself; where it is asked for its endpoints, unless `provider` says them. */
  issuer: url,
  provider: fields({ authorizationEndpoint: url, tokenEndpoint: url, endSessionEndpoint: url.optional() }).optional(),
  clientId: text(256),
  clientSecretRef: secretRef,
  /** What cookies are signed and sealed with: 32 bytes and more, which nobody else knows. */
  cookieSecretRef: secretRef,
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'must be a scope (RFC 6749, 3.3)'))
    .min(1, 'must not be empty')
    .max(32, 'at most 32 entries')
    .optional(),
  /** Where the provider sends the browser back to. */
  redirectPath: path.optional(),
  /** Who asks for it is signed out, here and at the provider. */
  logoutPath: path.optional(),
  /** The application gets the access token, as `Authorization: Bearer`. */
  forwardAccessToken: z.boolean().optional(),
  /** The application gets the ID token in this header. */
  idTokenHeader: z.string().max(256, 'must be at most 256 characters').regex(TOKEN, 'must be the name of a header').optional(),
  cookies: fields({ sameSite: z.enum(['Strict', 'Lax', 'None']).optional() }).optional(),
  /** Access tokens that have ended are renewed without the user. */
  refresh: z.boolean().optional(),
});
export type OidcSpec = z.output<typeof oidcSchema>;
